{# Random numbers of a loop, drawn before it in the order in which the loop would. #}
{% macro drawn(draws, first, count, largest) %}
    alignas(64) double _drawn[{{draws|length}}][{{largest}}];
    {% if draws|length == 1 %}
    zoo::Bulk::{{draws[0]}}s(brian::_random_generators[0], _drawn[0], {{count}});
    {% else %}
    for (size_t _k = 0; _k < (size_t)({{count}}); _k++)
    {
        {% for draw in draws %}
        _drawn[{{loop.index0}}][_k] = brian::_random_generators[0].{{draw}}();
        {% endfor %}
    }
    {% endif %}
    #undef ZOO_DRAWN
    #define ZOO_DRAWN(number, call) _drawn[number][_idx - ({{first}})]
{% endmacro %}

{# Before and behind it, a call is a call. #}
{% macro called() %}
    #undef ZOO_DRAWN
    #define ZOO_DRAWN(number, call) call
{% endmacro %}

{# The loop of the caller from _start to _stop, chunk by chunk, with the numbers of each drawn before it. #}
{% macro in_chunks(draws, chunk) %}
    for(int _start=0; _start<_N; _start+={{chunk}})
    {
        const int _stop = std::min(_start + {{chunk}}, _N);
        {{drawn(draws, '_start', '_stop - _start', chunk)}}
        {{caller()}}
    }
    {{called()}}
{% endmacro %}
