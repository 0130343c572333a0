{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% from 'vectors.cpp' import vectors, runs, ends_in_run, ends_looked_up with context %}

{% block extra_headers %}
#include <algorithm>
#include "runs.h"
{% endblock %}

{# The values of a chunk of synapses by vectors, in an array of their own, as with stores to a variable of the network compilers
   do not see that the others stay; then their sums, in the order of the synapses. #}
{% macro _sums(first, last, target, pragma='') %}
    for(int _start={{first}}; _start<{{last}}; _start+=_chunk)
    {
        const int _stop = std::min(_start + _chunk, {{last}});
        alignas(64) double _values[_chunk];
        {{vectors(None, vector_code, '_start', '_stop', after='_values[_idx - _start] = _synaptic_var;')}}
        {{pragma}}
        for(int _idx=_start; _idx<_stop; _idx++) {{get_array_name(_target_var)}}[{{target}}] += _values[_idx - _start];
    }
{% endmacro %}

{% block maincode %}
    {% set _target, _ends = get_array_name(_target_var), get_array_name(_index_var) %}
    const int _target_size = {{constant_or_scalar(_target_size_name, variables[_target_size_name])}};
    std::fill({{_target}} + {{_target_start}}, {{_target}} + {{_target_start}} + _target_size, 0);

    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const int _N = {{N}}, _chunk = 256;
    {{ends_looked_up()}}
    {% if not independent %}
    for(int _idx=0; _idx<_N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {{_target}}[{{_ends}}[_idx]] += _synaptic_var;
    }
    {% else %}
    {% if _index_var.name == '_synaptic_post' %}
    {{runs()}}
    {{ends_in_run()}}
    for(const zoo::Run _run : _runs)
    {
        const int _behind = _run.first + _run.count;
        {# The targets of a run are neighbours. #}
        {{_sums('_run.first', '_behind', '_run.target + (_idx - _run.first)', '#pragma GCC ivdep')}}
    }
    {{ends_looked_up()}}
    if(_runs.empty())
    {% endif %}
    {{_sums('0', '_N', _ends ~ '[_idx]')}}
    {% endif %}
    #undef ZOO_presynaptic_idx
    #undef ZOO_postsynaptic_idx
{% endblock %}
