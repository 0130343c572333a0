{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% from 'vectors.cpp' import vectors, runs, ends_in_run, ends_looked_up with context %}

{% block extra_headers %}
#include <algorithm>
#include "runs.h"
{% endblock %}

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
    {# The targets of a run are neighbours. #}
    {{runs()}}
    {{ends_in_run()}}
    for(const zoo::Run _run : _runs)
    {
        const int _behind = _run.first + _run.count;
        {{vectors(None, vector_code, '_run.first', '_behind', after=_target ~ '[_run.target + (_idx - _run.first)] += _synaptic_var;')}}
    }
    {{ends_looked_up()}}
    if(_runs.empty())
    {% endif %}
    {# Several synapses may have one target: the values in vectors, then their sums one by one. #}
    for(int _start=0; _start<_N; _start+=_chunk)
    {
        const int _stop = std::min(_start + _chunk, _N);
        alignas(64) double _values[_chunk];
        {{vectors(None, vector_code, '_start', '_stop', after='_values[_idx - _start] = _synaptic_var;')}}
        for(int _idx=_start; _idx<_stop; _idx++) {{_target}}[{{_ends}}[_idx]] += _values[_idx - _start];
    }
    {% endif %}
    #undef ZOO_presynaptic_idx
    #undef ZOO_postsynaptic_idx
{% endblock %}
