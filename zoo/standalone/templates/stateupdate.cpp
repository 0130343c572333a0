{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% macro _loop(name, start, stop) %}
    {
        const size_t _vectorisation_idx = -1;
        {{scalar_code[name]|autoindent}}
        #pragma GCC ivdep
        for(int _idx={{start}}; _idx<{{stop}}; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{vector_code[name]|autoindent}}
            {{caller()}}
        }
    }
{% endmacro %}

{% block maincode %}
    {# N is a constant for a group, and a scalar array for synapses. #}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% if shared %}
    // Chunks of which the arrays stay in the cache from loop to loop.
    const int _chunk = 512;
    for(int _start=0; _start<_N; _start+=_chunk)
    {
        const int _stop = std::min(_start + _chunk, _N);
        long _outside = 0;
        {% if shared.before %}
        {% call _loop('before', '_start', '_stop') %}{% endcall %}
        {% endif %}
        {% call _loop('inside', '_start', '_stop') %}_outside += !_inside;{% endcall %}
        if(_outside == 0)
        {% call _loop('fast', '_start', '_stop') %}{% endcall %}
        else
        {% call _loop('exact', '_start', '_stop') %}{% endcall %}
    }
    {% else %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {{ '#pragma GCC ivdep' if independent }}
    for(int _idx=0; _idx<_N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% endif %}
{% endblock %}
