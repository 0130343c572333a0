{# A vectorised loop. Before one with sines, a loop over their arguments looks for those outside the range of vector code. #}
{% macro vectors(name, lines, first, last, buffered=(), after='') %}
    {% if name in angles %}
    int64_t _far = 0;
    #pragma GCC ivdep
    for(int _idx={{first}}; _idx<{{last}}; _idx++)
    {
        {% for rate in buffered %}
        const double {{rate}} = _of{{rate}}[_idx - _start];
        {% endfor %}
        {{angles[name]|autoindent}}
    }
    if(_far)
        for(int _idx={{first}}; _idx<{{last}}; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {% for rate in buffered %}
            const double {{rate}} = _of{{rate}}[_idx - _start];
            {% endfor %}
            {{lines|autoindent}}
            {{after}}
        }
    else
    {% endif %}
    {
        #pragma GCC ivdep
        for(int _idx={{first}}; _idx<{{last}}; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {% for rate in buffered %}
            const double {{rate}} = _of{{rate}}[_idx - _start];
            {% endfor %}
            {{near[name]|default(lines)|autoindent}}
            {{after}}
        }
    }
{% endmacro %}

{# The runs of synapses whose ends are known from those of the first, see runs.h. #}
{% macro runs() %}
    {% set pre, post = get_array_name(owner.variables['_synaptic_pre'], access_data=False), get_array_name(owner.variables['_synaptic_post'], access_data=False) %}
    static zoo::Runs _of_synapses;
    const std::vector<zoo::Run> &_runs = _of_synapses.of({{pre}}.data(), {{post}}.data(), _N);
{% endmacro %}

{# The generator writes these names around the look-up of the two ends of a synapse. #}
{% macro ends_in_run() %}
    #undef ZOO_presynaptic_idx
    #undef ZOO_postsynaptic_idx
    #define ZOO_presynaptic_idx(looked_up) _run.source
    #define ZOO_postsynaptic_idx(looked_up) (_run.target + (_idx - _run.first))
{% endmacro %}
{% macro ends_looked_up() %}
    #undef ZOO_presynaptic_idx
    #undef ZOO_postsynaptic_idx
    #define ZOO_presynaptic_idx(looked_up) looked_up
    #define ZOO_postsynaptic_idx(looked_up) looked_up
{% endmacro %}
