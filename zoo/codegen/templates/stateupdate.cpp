{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% from 'draws.cpp' import called, drawn_by_threads, in_chunks, known, is_uniform %}
{% from 'vectors.cpp' import vectors, runs, ends_in_run, ends_looked_up with context %}

{% block extra_headers %}
#include <algorithm>
#include "runs.h"
#include "threads.h"
{% endblock %}

{% macro _loop(name, first='_start', last='_stop', buffered=()) %}
    {
        const size_t _vectorisation_idx = -1;
        {{scalar_code[name]|autoindent}}
        {% for boolean, variable in booleans.items() if 'ZOO_WIDE(' ~ boolean ~ ',' in vector_code[name]|join %}
        {# In a loop with bytes the compiler chooses vectors of bytes, eight times as long as those of doubles. #}
        alignas(64) int64_t _wide_{{boolean}}[_chunk];
        for(int _idx={{first}}; _idx<{{last}}; _idx++) _wide_{{boolean}}[_idx - _start] = {{get_array_name(variable)}}[_idx];
        {% endfor %}
        {{vectors(name, vector_code[name], first, last, buffered, caller())}}
    }
{% endmacro %}

{# Chunks whose arrays stay in the cache from loop to loop; a single chunk if there is a single loop #}
{% macro _chunks(first, last) %}
    {% set several = 'before' in vector_code or 'fast' in vector_code or 'ZOO_WIDE(' in vector_code['rest']|join %}
    for(int _start={{first}}; _start<{{last}}; _start+={{'_chunk' if several else last ~ ' - ' ~ first}})
    {
        const int _stop = {{'std::min<int>(_start + _chunk, ' ~ last ~ ')' if several else last}};
        {% for name in ('before', 'rest') if name in vector_code %}
        {% call _loop(name) %}{% endcall %}
        {% endfor %}
        {% if 'fast' in vector_code %}
        int64_t _outside = 0;
        alignas(64) int64_t _is_outside[_chunk];
        {% for rate in rates %}
        alignas(64) double _of{{rate}}[_chunk];
        {% endfor %}
        {% call _loop('rates') %}
            _is_outside[_idx - _start] = !_inside;
            _outside += !_inside;
            {% for rate in rates %}
            _of{{rate}}[_idx - _start] = {{rate}};
            {% endfor %}
        {% endcall %}
        {# Other statements compute an element outside the range, and its neighbours keep their bits. #}
        for(int _first=_start, _last=_stop; _first<_stop; _first=_last, _last=_stop)
        {
            const int64_t _here = _is_outside[_first - _start];
            if(_outside)
                for(_last=_first; _last<_stop && _is_outside[_last - _start] == _here;) _last++;
            if(_here)
            {% call _loop('exact', '_first', '_last') %}{% endcall %}
            else
            {% call _loop('fast', '_first', '_last', rates) %}{% endcall %}
        }
        {% endif %}
    }
{% endmacro %}

{% macro _elements(first, last) %}
    for(int _idx={{first}}; _idx<{{last}}; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
{% endmacro %}

{% block maincode %}
    {{called()}}
    {# Random numbers are shared where each element draws one from a known place of the stream. #}
    {% set draws_shared = large and not independent and not both_ends and drawable and draws[None] and known(draws[None]) %}
    {% set one_poisson = large and not independent and not both_ends and drawable and draws[None]
                         and draws[None].each|length == 1 and draws[None].each[0].kind == 'poisson'
                         and not draws[None].each[0].conditional %}
    {% set shared = draws_shared or one_poisson or (large and independent) %}
    {# N is a constant for a group, and a scalar array for synapses. #}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% if both_ends %}
    {# Before threads share the loop, as the first call finds the runs. #}
    {{runs()}}
    {% endif %}
    {% if one_poisson %}
    static zoo::Section _section;
    {% elif shared %}
    static zoo::Section _section;
    if ({{is_uniform(draws[None].each[0]) ~ ' && ' if draws_shared}}_section.shared(_run_{{codeobj_name}})) {
        {{'zoo::Streams::end(zoo::Bulk::twister(brian::_random_generators[0]));' if draws_shared}}
        return;
    }
    {% endif %}
    const int _chunk = 256;
    {% if shared %}
    const zoo::Range _mine = zoo::range(_N, 64);
    const int _first_of_mine = _mine.from, _last_of_mine = _mine.to;
    {% endif %}
    {% set first, last = ('_first_of_mine', '_last_of_mine') if shared else ('0', '_N') %}
    {% if independent %}
    #define ZOO_WIDE(boolean, element) _wide_##boolean[_idx - _start]
    {% else %}
    #define ZOO_WIDE(boolean, element) element
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% endif %}
    {% if one_poisson %}
    {{drawn_by_threads(draws[None], '_run_' ~ codeobj_name)}}
    {% endif %}
    {% if both_ends %}
    {{ends_in_run()}}
    {% if shared %}
    const zoo::Range _mine_of_runs = zoo::range(_runs.size(), 1);
    for (size_t _k=_mine_of_runs.from; _k<_mine_of_runs.to; _k++)
    {
        const zoo::Run _run = _runs[_k];
    {% else %}
    for (const zoo::Run _run : _runs)
    {
    {% endif %}
        const int _behind = _run.first + _run.count;
        {% if independent %}
        {{_chunks('_run.first', '_behind')}}
        {% else %}
        {{ '#pragma GCC ivdep' if independent_in_run }}
        {{_elements('_run.first', '_behind')}}
        {% endif %}
    }
    {{ends_looked_up()}}
    if (_runs.empty())
    {% endif %}
    {% if independent %}
    {{_chunks(first, last)}}
    {% elif drawable and draws[None] %}
    {% if draws_shared %}
    const zoo::Source _source = {zoo::Streams::of_share(zoo::Bulk::twister(brian::_random_generators[0]), _mine.from)};
    {% endif %}
    {% call in_chunks(draws[None], '_chunk', first, last, '_source' if draws_shared else 'brian::_random_generators[0]', '_poissons' if one_poisson else none) %}{{vectors(None, vector_code, '_start', '_stop')}}{% endcall %}
    {% else %}
    {{_elements('0', '_N')}}
    {% endif %}
    #undef ZOO_WIDE
    #undef ZOO_presynaptic_idx
    #undef ZOO_postsynaptic_idx
{% endblock %}
