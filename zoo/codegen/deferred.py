"""A C++ device whose code is generated last, when the whole network is known, or never, when its program exists already.

Brian2 generates the C++ of a code object when a network requests it. Here the arguments of the generator are kept instead
(`waiting`) and `generate` passes them on later. They determine the C++, and `zoo.codegen.fingerprint` hashes them.
"""

import contextlib
import logging

import jinja2
from brian2.codegen.targets import codegen_targets
from brian2.codegen.templates import CodeObjectTemplate, LazyTemplateLoader
from brian2.core.base import BrianObject
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.names import find_name
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import Device, get_device

# The attributes of an object that the generator and the templates may read. The fingerprint has all of them; a program
# whose generation reads more is not found by its fingerprint.
KNOWN = ("name", "clock", "prepost", "variables", "_registered_variables", "synapse_targets", "__repr__")


class _Template:
    """A template of Jinja that is compiled when it is first rendered: a program that exists renders none."""

    def __init__(self, environment, file):
        self._compiled = lambda: environment.get_template(file)  # which keeps it

    def __getattr__(self, name):
        return getattr(self._compiled(), name)


class _Templates(LazyTemplateLoader):
    """Brian2's templates by name: their texts, which say what they read and write, are read at once."""

    def get_template(self, name):
        for file in (name + self.extension, name):
            if name not in self._templates:
                with contextlib.suppress(jinja2.TemplateNotFound):
                    source, *_ = self.env.loader.get_source(self.env, file)
                    self._templates[name] = CodeObjectTemplate(_Template(self.env, file), source)
        return self._templates[name]


def rendered_last(templater):
    """`templater`, whose templates are compiled when they are first rendered, and sort names that differ in case only."""
    templater.templates = _Templates(templater.env, templater.extension)
    brian2s = templater.env.filters["sort"]

    @jinja2.pass_environment
    def sort(environment, value, reverse=False, case_sensitive=False, attribute=None):
        # Jinja leaves u and U as they come, which for a set is in another order in another process.
        value = brian2s(environment, value, reverse, True, attribute)
        return brian2s(environment, value, reverse, case_sensitive, attribute)

    templater.env.filters["sort"] = sort
    return templater


class DeferredCodeObject(CPPStandaloneCodeObject):
    """Brian2's code object, possibly without code yet."""

    def run_block(self, block):
        get_device().main_queue.append((f"{block}_code_object", (self,)))


codegen_targets.add(DeferredCodeObject)


class _Deferring(Device):
    """Intercepts the calls from Brian2's C++ device to its `Device`, which calls the generator."""

    def __init__(self):
        super().__init__()
        #: Code objects without code, and the arguments from which their code is generated.
        self.waiting = []
        #: What the generator has read that the fingerprint does not have.
        self.surprises = set()
        self._generates = False

    def code_object(
        self, owner, name, abstract_code, variables, template_name, variable_indices, codeobj_class=None,
        template_kwds=None, override_conditional_write=None, compiler_kwds=None,
    ):  # fmt: skip
        arguments = dict(
            owner=owner, abstract_code=abstract_code, variables=variables, template_name=template_name,
            variable_indices=variable_indices, codeobj_class=codeobj_class, template_kwds=dict(template_kwds or {}),
            override_conditional_write=override_conditional_write, compiler_kwds=compiler_kwds or {},
        )  # fmt: skip
        found = self.code_object_class(codeobj_class)
        arguments["variables"] = self.readable(found, arguments)
        name = find_name(name)
        if not issubclass(found, DeferredCodeObject):  # of the GNU Scientific Library
            self.surprises.add(found.__name__)
            return Device.code_object(self, name=name, **arguments)
        template = getattr(found.templater, template_name)
        codeobj = found(
            owner, None, variables, variable_indices, template_name=template_name,
            template_source=template.template_source, name=name, compiler_kwds=compiler_kwds or {},
        )  # fmt: skip
        self.waiting.append((codeobj, arguments))
        return codeobj

    def readable(self, code_object_class, arguments) -> dict:
        """The variables of a new code object as its generator gets them."""
        return arguments["variables"]


class DeferringDevice(CPPStandaloneDevice, _Deferring):
    """Brian2's C++ standalone device, which generates its code last."""

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or DeferredCodeObject

    def build(self, *arguments, **options):
        self.generate()
        return super().build(*arguments, **options)

    def generate(self):
        """Generate the code of all waiting code objects."""
        waiting, self.waiting = self.waiting, []
        self._generates = True
        listener = _Listener(self.surprises)
        logging.getLogger("brian2").addHandler(listener)
        try:
            for codeobj, arguments in waiting:
                made = self.generated(codeobj.name, **arguments)
                codeobj.code, codeobj.variables = made.code, made.variables
                # Brian2 pickles code objects, and looks for their functions among its own: those that the device has
                # added are needed no more.
                codeobj.variables = {
                    key: value
                    for key, value in made.variables.items()
                    if key in arguments["variables"] or key in DEFAULT_FUNCTIONS or not isinstance(value, Function)
                }
        finally:
            logging.getLogger("brian2").removeHandler(listener)
            self._generates = False
        self.main_queue = [entry for entry in self.main_queue if not _is_empty(entry)]

    def generated(self, name, owner, template_kwds, **arguments):
        """A code object with its code."""
        kwds = {key: self._seen(value) for key, value in template_kwds.items()}
        return Device.code_object(self, owner=self._seen(owner), name=name, template_kwds=kwds, **arguments)

    def _seen(self, value):
        return _Seen(value, self.surprises) if isinstance(value, BrianObject) else value

    @contextlib.contextmanager
    def writing_function(self):
        """In the block the code of a function may read anything: the fingerprint has this code."""
        generates, self._generates = self._generates, False
        try:
            yield
        finally:
            self._generates = generates

    def get_value(self, var, access_data=True):
        if self._generates:
            self.surprises.add(f"the value of {var.name}")
        return super().get_value(var, access_data)


class _Seen:
    """An object of a network that records which attributes are read."""

    def __init__(self, thing, surprises):
        self.__dict__["_hidden"] = thing, surprises

    def __getattr__(self, name):
        thing, surprises = self.__dict__["_hidden"]
        if name not in KNOWN:
            surprises.add(f"{type(thing).__name__}.{name}")
        return getattr(thing, name)


class _Listener(logging.Handler):
    """A warning of the generator must appear every time."""

    def __init__(self, surprises):
        super().__init__(logging.INFO)
        self.surprises = surprises

    def emit(self, record):
        self.surprises.add("a warning")


def _is_empty(entry):
    """Whether an entry of the main queue runs an empty block of code."""
    kind, arguments = entry
    block, separator, rest = kind.partition("_code_object")
    if rest or not separator or block == "run":
        return False
    codeobj = arguments[0]
    code = getattr(codeobj.code, f"{block}_cpp_file")
    if not len(code) or "EMPTY_CODE_BLOCK" in code:
        return True
    codeobj.before_after_blocks.append(block)
    return False
