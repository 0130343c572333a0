"""Time courses s(t) of an injected current I = amplitude*s, for the field `stimulus` of the single neurons.

Any other equation for s in t and i works as well, such as "s = sin(2*pi*50*Hz*t) : 1". With "(constant over dt)" the
current is constant during a time step, as with a recording amplifier, so that a solver that evaluates the middle of a
step finds no edge there. A tolerance of half a step keeps the rounding of t away from the edges.
"""

step = "s = int(t > onset - dt/2)*int(t < end - dt/2) : 1 (constant over dt)"
ramp = "s = int(t > onset - dt/2)*int(t < end - dt/2)*(t - onset)/(end - onset) : 1 (constant over dt)"
pulses = "s = int(t > onset - dt/2)*int(t < end - dt/2)*int((t - onset + dt/2) % (20*ms) < 2*ms) : 1 (constant over dt)"

stimuli = {"step": step, "ramp": ramp, "pulses": pulses}
