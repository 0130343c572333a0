{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% from 'draws.cpp' import drawn, called, known, is_uniform %}

{% block extra_headers %}
#include <algorithm>
#include <cstring>
#include "threads.h"
{% endblock %}

{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {{called()}}
    {% set draws_shared = large and not independent and drawable and draws[None] and known(draws[None]) %}
    {% set shared = draws_shared or (large and independent) %}
    {% if shared %}
    static zoo::Section _section;
    if ({{is_uniform(draws[None].each[0]) ~ ' && ' if draws_shared}}_section.shared(_run_{{codeobj_name}})) {
        {{'zoo::Streams::end(zoo::Bulk::twister(brian::_random_generators[0]));' if draws_shared}}
        {{_eventspace}}[N] = zoo::joined({{_eventspace}}, N, 64);
        return;
    }
    const zoo::Range _mine = zoo::range(N, 64);
    const size_t _first_of_mine = _mine.from, _last_of_mine = _mine.to;
    {% if draws_shared %}
    const zoo::Source _source = {zoo::Streams::of_share(zoo::Bulk::twister(brian::_random_generators[0]), _mine.from)};
    {% endif %}
    {% endif %}
    {% set first, last = ('_first_of_mine', '_last_of_mine') if shared else ('0', 'N') %}
    {# not_refractory and lastspike, and the space for events, are added by the Thresholder as it needs them #}
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    // First the condition for a block of neurons, which is a loop without branches; then the few for which it holds.
    const size_t _block = 1024;
    char _holds[_block];
    long _count = {{first}};
    for(size_t _start={{first}}; _start<{{last}}; _start+=_block)
    {
        const size_t _size = std::min<size_t>(_block, {{last}} - _start);
        {% if drawable and draws[None] %}
        {{drawn(draws[None], '_start', '_size', '_block', '_source' if draws_shared else 'brian::_random_generators[0]')}}
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
    {% if shared %}
    zoo::counts()[zoo::share().number] = _count - _first_of_mine;
    if (!zoo::share().is_divided)
    {% endif %}
    {{_eventspace}}[N] = _count;
{% endblock %}

{% block after_code %}
{% set _eventspace = get_array_name(eventspace_variable) %}
{{_eventspace}}[N] = 0;  // Note that this is not an off-by-1-error: the array has N+1 elements
{% endblock %}
