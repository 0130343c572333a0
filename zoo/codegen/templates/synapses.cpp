{% extends 'common_synapses.cpp' %}

{# The generator writes ZOO_presynaptic_idx(...) and ZOO_postsynaptic_idx(...) around the look-up of the two ends of a
   synapse: a row knows its own neuron, and in a segment of neighbours also the neurons at the far end. #}
{% macro _ends(far, near) %}
#undef ZOO_presynaptic_idx
#undef ZOO_postsynaptic_idx
#define ZOO{{'_postsynaptic_idx' if pathway.prepost == 'pre' else '_presynaptic_idx'}}(looked_up) {{far}}
#define ZOO{{'_presynaptic_idx' if pathway.prepost == 'pre' else '_postsynaptic_idx'}}(looked_up) {{near}}
{%- endmacro %}

{# Synapses that are not consecutive: the processor cannot predict where the next ones are. #}
{% macro _scattered(synapses) %}
    {
        {{ _ends('looked_up', 'looked_up') }}
        const std::vector<int32_t> &_scattered = {{synapses}};
        const size_t _count = _scattered.size();
        for (size_t _k = 0; _k < _count; _k++) {
            const size_t _idx = _scattered[_k];
            const size_t _vectorisation_idx = _idx;
            const size_t _later = _scattered[std::min<size_t>(_k + zoo::AHEAD, _count - 1)];
            (void)_later;
            {% for array in of_synapse %}
            zoo::prefetch_one({{get_array_name(array)}} + _later);
            {% endfor %}
            {{vector_code|autoindent}}
        }
    }
{% endmacro %}

{% block before_code %}
    {% if independent %}
    {% set others = get_array_name(pathway.synapse_targets, access_data=False) %}
    {{pathway.name}}.divide({{others}}.data(), {{others}}.size());
    {% else %}
    {{ super() }}
    {% endif %}
{% endblock %}

{% block maincode %}
    {# USES_VARIABLES { _synaptic_pre } #}
    {% if independent %}
    if ({{pathway.name}}.shared(_run_{{codeobj_name}})) return;
    {% endif %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    for (zoo::Queue &_queue : {{pathway.name}}.mine()) {
    const zoo::Slot &_arriving = _queue.arriving();
    {{ _scattered('_arriving.synapses') }}
    for (size_t _at = 0; _at < _arriving.segments.size(); _at++) {
        const zoo::Segment _segment = _queue.segments[_arriving.segments[_at]];
        if (_segment.other >= 0) {
            {{ _ends('(_segment.other + _k)', '_near') }}
            const int32_t _near = {{pathway.name}}.source_of(_segment.first);
            (void)_near;
            {{ '#pragma GCC ivdep' if independent }}
            for (int32_t _k = 0; _k < _segment.count; _k++) {
                const size_t _idx = _segment.first + _k;
                const size_t _vectorisation_idx = _idx;
                {{vector_code|autoindent}}
            }
        } else if (_segment.other == zoo::LOOKED_UP) {
            {{ _ends('looked_up', '_near') }}
            const int32_t _near = {{pathway.name}}.source_of(_segment.first);
            (void)_near;
            const zoo::Segment _next = _queue.next(_arriving, _at);
            for (int32_t _from = 0; _from < _segment.count; _from += zoo::AHEAD) {
                {# The processor cannot predict where the next row begins. #}
                if (_from < _next.count) {
                    {% for array in of_synapse %}
                    zoo::prefetch({{get_array_name(array)}} + _next.first + _from);
                    {% endfor %}
                }
                const int32_t _to = std::min(_from + zoo::AHEAD, _segment.count);
                for (int32_t _k = _from; _k < _to; _k++) {
                    const size_t _idx = _segment.first + _k;
                    const size_t _vectorisation_idx = _idx;
                    {{vector_code|autoindent}}
                }
            }
        } else {
            {{ _scattered('_queue.joined(_arriving, _at)') }}
        }
    }
    }
    {{ _ends('looked_up', 'looked_up') }}
{% endblock %}

{% block extra_functions_cpp %}
void _debugmsg_{{codeobj_name}}()
{
}
{% endblock %}

{% block extra_functions_h %}
void _debugmsg_{{codeobj_name}}();
{% endblock %}

{% macro main_finalise() -%}
{% endmacro %}
