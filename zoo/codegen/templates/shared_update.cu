{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cu' %}

{# Statements that set shared variables run once, not once for every neuron #}
{% block define_N %}
const int _N = 1;
{% endblock %}
