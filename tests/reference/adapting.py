"""Integrate-and-fire cells that tire: each spike leaves a slow current w behind."""
from brian2 import *
from zoo import Model, cli, plots, simulate

class Adapting(Model):
    n: int = 200
    tau: second = 20*ms
    tau_w: second = 150*ms
    v_r: volt = -70*mV
    v_t: volt = -50*mV
    jump: volt = 2*mV
    drive: volt = 30*mV
    neuron: str = """
    dv/dt = (v_r - v + drive - w)/tau : volt (unless refractory)
    dw/dt = -w/tau_w                  : volt
    drive                             : volt (shared, constant)
    """
    def build(self):
        cells = NeuronGroup(self.n, self.neuron, threshold="v > v_t", reset="v = v_r; w += jump",
                            refractory=2*ms, method="euler", namespace=self.namespace, name="cells")
        return Network(cells)
    def initialise(self, net):
        net["cells"].v = "v_r + rand()*(v_t - v_r)"

def record(net):
    return [SpikeMonitor(net["cells"], name="spikes")]

def main(model=Adapting(), duration=1*second, backend="cpp", seed=0):
    result = simulate(model, duration, record, backend=backend, seed=seed)
    plots.raster(result).savefig("raster.png")

if __name__ == "__main__":
    cli(main)
