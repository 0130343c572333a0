{# USES_VARIABLES { Cm, dt, v, N, Ic, Ri, _gtot_all, _I0_all, _starts, _ends, _morph_parent_i, r_length_1, r_length_2, area } #}
{% extends 'common_group.cpp' %}
{% from 'vectors.cpp' import vectors with context %}

{% block before_code %}
    zoo::cable({{v}}).prepare(N, _num_starts, {{_starts}}, {{_ends}}, {{_morph_parent_i}}, {{Cm}}, {{area}}, {{r_length_1}}, {{r_length_2}}, {{Ri}}, {{dt}});
{% endblock %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% set after = _gtot_all ~ '[_idx] = _gtot; ' ~ _I0_all ~ '[_idx] = _I0;' %}
    {% if independent %}
    {{vectors(None, vector_code, '0', 'N', after=after)}}
    {% else %}
    for(int _idx=0; _idx<N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {{after}}
    }
    {% endif %}
    static zoo::Cable &_cable = zoo::cable({{v}});
    _cable.step({{_gtot_all}}, {{_I0_all}}, {{v}}, {{Ic}});
{% endblock %}
