// What a standalone program of the zoo does beside simulating: it takes its parameters from a file and from the command
// line, tells how far it is, and ends when the process that started it is gone.
#ifndef ZOO_H
#define ZOO_H

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace zoo {

// The settings "seed=..." and "duration=..." and the values "group.variable=..." of one run. The defaults stand in
// parameters.txt, one a line; the command line goes before them.
struct Parameters {
    unsigned long seed = 0;
    double duration = 0;
    std::vector<std::string> defaults;  // set before initialise
    std::vector<std::string> values;    // set before initialise and once more behind it

    explicit Parameters(const std::vector<std::string> &arguments) {
        std::ifstream file("parameters.txt");
        for (std::string line; std::getline(file, line);)
            if (!line.empty() && line[0] != '#') take(line, defaults);
        for (const std::string &argument : arguments) take(argument, values);
    }

private:
    void take(const std::string &setting, std::vector<std::string> &others) {
        if (setting.compare(0, 5, "seed=") == 0)
            seed = std::strtoul(setting.c_str() + 5, nullptr, 10);
        else if (setting.compare(0, 9, "duration=") == 0)
            duration = std::strtod(setting.c_str() + 9, nullptr);
        else if (setting.find('=') != std::string::npos)
            others.push_back(setting);
        else {
            std::fprintf(stderr, "%s is not of the form name=value.\n", setting.c_str());
            std::exit(2);
        }
    }
};

// Ten times a second, the simulated time as eight bytes to the file descriptor ZOO_PROGRESS. A signal, because the
// simulation loop then pays nothing for it.
namespace progress {
inline int &descriptor() { static int fd = -1; return fd; }
inline const volatile double *&time() { static const volatile double *t = nullptr; return t; }

inline void tell(int) {
    const double now = *time();
    // A reader that does not keep up loses reports, it never stops the simulation.
    if (write(descriptor(), &now, sizeof now) < 0) return;
}

inline void start(const double *t) {
    const char *fd = std::getenv("ZOO_PROGRESS");
    if (!fd) return;
    descriptor() = std::atoi(fd);
    time() = t;
    fcntl(descriptor(), F_SETFL, O_NONBLOCK);
    struct sigaction action = {};
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    const struct itimerval often = {{0, 100000}, {0, 100000}};
    setitimer(ITIMER_REAL, &often, nullptr);
}

inline void stop() {
    const struct itimerval never = {};
    setitimer(ITIMER_REAL, &never, nullptr);
}
}  // namespace progress

// A program that Python started does not outlive it, however Python ends.
inline void follow_parent() {
#ifdef __linux__
    const char *parent = std::getenv("ZOO_PARENT");
    if (!parent) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != std::atoi(parent)) std::_Exit(1);
#endif
}

}  // namespace zoo

#endif
