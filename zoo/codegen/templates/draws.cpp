{# Random numbers of a loop, drawn before it in the order in which the loop would: see zoo/codegen/draws.py. #}
{# Whether it is known which numbers of the stream each element draws: one in [0, 1). #}
{% macro known(draws) %}
{{ draws.each|length == 1 and not draws.each[0].conditional and draws.each[0].kind not in ('randn', 'poisson') or '' }}
{%- endmacro %}
{% macro is_uniform(draw) %}
{{ 'true' if draw.kind == 'rand' else draw.kind ~ '_draws::is_uniform()' }}
{%- endmacro %}

{# Poisson numbers of all elements, which threads can draw; see Poissons in random.h. #}
{% macro drawn_by_threads(draws, part) %}
    static zoo::Poissons _poissons;
    if (_section.pays()) {
        _poissons.means.resize(_N);
        for (int _start=0; _start<_N; _start+=_chunk) {
            const size_t _size = std::min(_chunk, _N - _start);
            alignas(64) double _mean[1][_chunk];
            for (size_t _k = 0; _k < _size; _k++)
            {
                const size_t _idx = _start + _k;
                {{draws.lines|autoindent}}
            }
            std::copy(_mean[0], _mean[0] + _size, _poissons.means.begin() + _start);
        }
        if (_poissons.draw(zoo::Bulk::twister(brian::_random_generators[0]))) {
            zoo::Threads::all().run({{part}});
            _poissons.is_ready = false;
            return;
        }
    } else if (_section.shared({{part}}))
        return;
{% endmacro %}

{% macro drawn(draws, first, count, largest, generator='brian::_random_generators[0]', poissons=none) %}
    alignas(64) double _drawn[{{draws.each|length}}][{{largest}}];
    {% if draws.lines %}
    char _taken[{{draws.each|length}}][{{largest}}];
    alignas(64) double _mean[{{draws.each|length}}][{{largest}}];
    (void)_taken; (void)_mean;
    for (size_t _k = 0; _k < (size_t)({{count}}); _k++)
    {
        const size_t _idx = {{first}} + _k;
        {{draws.lines|autoindent}}
    }
    {% endif %}
    {% if draws.each|length == 1 %}
    {% set draw = draws.each[0] %}
    size_t _n_drawn = {{count}};
    {% if draw.conditional and draw.kind == 'poisson' %}
    _n_drawn = zoo::packed(_taken[0], _mean[0], _n_drawn);
    {% elif draw.conditional %}
    _n_drawn = zoo::counted(_taken[0], _n_drawn);
    {% endif %}
    {% if poissons %}
    if ({{poissons}}.is_ready)
        std::copy(&{{poissons}}.numbers[{{first}}], &{{poissons}}.numbers[{{first}}] + _n_drawn, _drawn[0]);
    else
    {% endif %}
    {% if draw.kind == 'poisson' %}
    zoo::Bulk::poissons(brian::_random_generators[0], _mean[0], _drawn[0], _n_drawn, [](double _of) { return _poisson(_of, 0); });
    {% elif draw.kind in ('rand', 'randn') %}
    zoo::Bulk::{{draw.kind}}s({{generator}}, _drawn[0], _n_drawn);
    {% else %}
    {% if generator == '_source' %}
    if ({{is_uniform(draw)}})
        {{draw.kind}}_draws::many_uniform(_source, _drawn[0], _n_drawn);
    else
    {% endif %}
        {{draw.kind}}_draws::many(brian::_random_generators[0], _drawn[0], _n_drawn);
    {% endif %}
    {% if draw.conditional %}
    zoo::spread(_taken[0], _drawn[0], {{count}}, _n_drawn);
    {% endif %}
    {% else %}
    for (size_t _k = 0; _k < (size_t)({{count}}); _k++)
    {
        {% for draw in draws.each %}
        {{'if (_taken[%d][_k]) '|format(loop.index0) if draw.conditional}}_drawn[{{loop.index0}}][_k] = {{draw.call|replace('%d', loop.index0|string)}};
        {% endfor %}
    }
    {% endif %}
    #undef ZOO_READ
    #undef ZOO_DRAWN
    #define ZOO_READ(number) const double _number##number = _drawn[number][_idx - ({{first}})];
    #define ZOO_DRAWN(number, call) _number##number
{% endmacro %}

{# Outside it, a call is a call. #}
{% macro called() %}
    #undef ZOO_READ
    #undef ZOO_DRAWN
    #define ZOO_READ(number)
    #define ZOO_DRAWN(number, call) call
{% endmacro %}

{# The loop of the caller from _start to _stop, chunk by chunk, with the numbers of each drawn before it. #}
{% macro in_chunks(draws, chunk, first='0', last='_N', generator='brian::_random_generators[0]', poissons=none) %}
    for(int _start={{first}}; _start<{{last}}; _start+={{chunk}})
    {
        const int _stop = std::min(_start + {{chunk}}, {{last}});
        {{drawn(draws, '_start', '_stop - _start', chunk, generator, poissons)}}
        {{caller()}}
    }
    {{called()}}
{% endmacro %}
