{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% from 'draws.cpp' import drawn, called %}

{% block extra_headers %}
#include <algorithm>
#include <cstring>
{% endblock %}

{% block maincode %}
    {{called()}}
    {# not_refractory and lastspike, and the space for events, are added by the Thresholder as it needs them #}
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% set _eventspace = get_array_name(eventspace_variable) %}

    // First the condition for a block of neurons, which is a loop without branches; then the few for which it holds.
    const size_t _block = 1024;
    char _holds[_block];
    long _count = 0;
    for(size_t _start=0; _start<N; _start+=_block)
    {
        const size_t _size = std::min<size_t>(_block, N - _start);
        {% if drawable and draws[None] %}
        {{drawn(draws[None], '_start', '_size', '_block')}}
        {% endif %}
        {{ '#pragma GCC ivdep' if independent or (drawable and draws[None]) }}
        for(size_t _k=0; _k<_size; _k++)
        {
            const size_t _idx = _start + _k;
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            _holds[_k] = _cond ? 1 : 0;
        }
        {{called()}}
        for(const char *_found = (const char *)memchr(_holds, 1, _size); _found;
            _found = (const char *)memchr(_found + 1, 1, _holds + _size - _found - 1))
        {
            const size_t _idx = _start + (_found - _holds);
            {{_eventspace}}[_count++] = _idx;
            {% if _uses_refractory %}
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
            {% endif %}
        }
    }
    {{_eventspace}}[N] = _count;
{% endblock %}

{% block after_code %}
{% set _eventspace = get_array_name(eventspace_variable) %}
{{_eventspace}}[N] = 0;  // Note that this is not an off-by-1-error: the array has N+1 elements
{% endblock %}
