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
