{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block extra_headers %}
#include <algorithm>
{% endblock %}

{% macro _loop(name, buffered=()) %}
    {
        const size_t _vectorisation_idx = -1;
        {{scalar_code[name]|autoindent}}
        {% for boolean, variable in booleans.items() if 'ZOO_WIDE(' ~ boolean ~ ',' in vector_code[name]|join %}
        {# In a loop with bytes a vector is one of bytes, and eight of doubles. #}
        alignas(64) int64_t _wide_{{boolean}}[_chunk];
        for(int _idx=_start; _idx<_stop; _idx++) _wide_{{boolean}}[_idx - _start] = {{get_array_name(variable)}}[_idx];
        {% endfor %}
        #pragma GCC ivdep
        for(int _idx=_start; _idx<_stop; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {% for rate in buffered %}
            const double {{rate}} = _of{{rate}}[_idx - _start];
            {% endfor %}
            {{vector_code[name]|autoindent}}
            {{caller()}}
        }
    }
{% endmacro %}

{% block maincode %}
    {# N is a constant for a group, and a scalar array for synapses. #}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% if independent %}
    #define ZOO_WIDE(boolean, element) _wide_##boolean[_idx - _start]
    // Chunks of which the arrays stay in the cache from loop to loop.
    const int _chunk = 256;
    for(int _start=0; _start<_N; _start+=_chunk)
    {
        const int _stop = std::min(_start + _chunk, _N);
        {% for name in ('before', 'rest') if name in vector_code %}
        {% call _loop(name) %}{% endcall %}
        {% endfor %}
        {% if 'fast' in vector_code %}
        long _outside = 0;
        {% for rate in rates %}
        alignas(64) double _of{{rate}}[_chunk];
        {% endfor %}
        {% call _loop('rates') %}
            _outside += !_inside;
            {% for rate in rates %}
            _of{{rate}}[_idx - _start] = {{rate}};
            {% endfor %}
        {% endcall %}
        if(_outside == 0)
        {% call _loop('fast', rates) %}{% endcall %}
        else
        {% call _loop('exact') %}{% endcall %}
        {% endif %}
    }
    #undef ZOO_WIDE
    {% else %}
    #define ZOO_WIDE(boolean, element) element
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    for(int _idx=0; _idx<_N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% endif %}
{% endblock %}
