{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% from 'draws.cpp' import called, in_chunks %}

{% block extra_headers %}
#include <algorithm>
{% endblock %}

{% macro _elements(first, last) %}
    for(int _idx={{first}}; _idx<{{last}}; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code['condition']|autoindent}}
        if (_cond)
        {
            {{vector_code['statement']|autoindent}}
        }
    }
{% endmacro %}

{% block maincode %}
    {{called()}}
    const size_t _vectorisation_idx = -1;
    {{scalar_code['condition']|autoindent}}
    {{scalar_code['statement']|autoindent}}

    {# N is a constant for a group, and a scalar array for synapses. #}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {# The random numbers of a condition are not drawn for every element. #}
    {% if drawable and draws['statement'] and vector_code['condition']|join|trim == 'const char _cond = true;' %}
    {% call in_chunks(draws['statement'], 512) %}
        #pragma GCC ivdep
        {{_elements('_start', '_stop')}}
    {% endcall %}
    {% else %}
    {{_elements('0', '_N')}}
    {% endif %}
{% endblock %}
