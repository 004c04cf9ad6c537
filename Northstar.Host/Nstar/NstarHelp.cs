// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Host.Help;

namespace Northstar.Host.Nstar;

/// <summary>The help of nstar.</summary>
internal static class NstarHelp
{
    internal static ToolHelp Page { get; } = new()
    {
        Summary = $"nstar controls a Northstar runtime over its console, protocol {ProtocolVersion.Current}.",
        Examples =
        [
            new("nstar list", "what is installed, and what runs"),
            new("nstar install hello-1.0.0.npk default", "bring a package into the repository 'default'"),
            new("nstar start hello", "start it; a version is needed only if several are there"),
            new("nstar start --follow hello", "and see what it writes, until it ends"),
            new("nstar logs --follow hello", "see what it writes from now on"),
            new("nstar top", "watch what all containers consume"),
            new("nstar kill hello", "end it, with SIGTERM"),
            new("nstar notifications", "follow what happens"),
            new("nstar --json list", "the messages themselves, for scripts"),
            new("nstar -u unix:///run/northstar/console list", "another console; NORTHSTAR_URL sets the default"),
        ],
        Groups =
        [
            new("Look", "list", "inspect", "top", "logs", "notifications", "repositories", "ident"),
            new("Run", "start", "kill", "mount", "umount", "shutdown"),
            new("Packages", "install", "uninstall", "verify", "floor"),
            new("Tokens", "token", "verify-token"),
            new("Without a runtime", "seccomp", "completion"),
        ],
        VerbExamples = new Dictionary<string, Example[]>
        {
            ["list"] = [new("nstar list", "applications first, then resources")],
            ["inspect"] = [new("nstar inspect hello", "manifest, repository and process"), new("nstar inspect hello:1.0.0 | jq .process.pid", "one value of it")],
            ["notifications"] =
            [
                new("nstar notifications", "one line for each, until the runtime ends"),
                new("nstar notifications -n 1", "wait for the next one"),
                new("nstar --json notifications | jq -c '.notification // empty'", "for scripts"),
            ],
            ["top"] =
            [
                new("nstar top", "on a terminal again each second, until q is pressed"),
                new("nstar top | sort -t '|' -k 8", "elsewhere one table, of one second"),
                new("nstar top -n 60 -i 1m > hour.log", "a table each minute"),
            ],
            ["logs"] =
            [
                new("nstar logs hello", "until it ends"),
                new("nstar logs -f hello", "over all its starts, until interrupted"),
                new("nstar logs -f --raw --stream stdout hello > file", "the bytes as they are"),
            ],
            ["verify"] = [new("nstar verify hello", "every block; exit code 1 when one is wrong")],
            ["floor"] = [new("nstar floor hello:1.1.0 default", "1.1.0 and above may be used from now on; needs the permission downgrade")],
            ["repositories"] = [new("nstar repositories", "where packages can be installed")],
            ["ident"] = [new("nstar ident", "extern:0.0.0, or the container that this runs in")],
            ["start"] =
            [
                new("nstar start hello", "as its manifest says"),
                new("nstar start --follow hello", "see what it writes; fails unless it ends with exit code 0"),
                new("nstar start hello:1.0.0", "one version of several"),
                new("nstar start hello '<INIT>' --verbose", "with other arguments"),
                new("nstar start hello LEVEL=3 NAME=x", "with another environment"),
                new("nstar start hello LEVEL=3 /bin/sh -c id", "with another program too"),
            ],
            ["kill"] = [new("nstar kill hello", "SIGTERM"), new("nstar kill hello 9", "SIGKILL")],
            ["mount"] = [new("nstar mount hello message:0.0.2", "ready for a quick start; each gets a row")],
            ["umount"] = [new("nstar umount hello message:0.0.2", "each gets a row; what is used stays")],
            ["shutdown"] = [new("nstar shutdown", "end all containers and the runtime")],
            ["install"] = [new("nstar install hello-1.0.0.npk default", "into the repository 'default'")],
            ["uninstall"] = [new("nstar uninstall hello", "its data stays"), new("nstar uninstall --wipe hello", "its data goes too")],
            ["token"] = [new("nstar token server 'some text'", "prove who you are to 'server'")],
            ["verify-token"] = [new("nstar verify-token AAAA...== client 'some text'", "Ok, Invalid, Expired or Future")],
            ["seccomp"] =
            [
                new("strace -f -o hello.log ./hello", "record what a program calls"),
                new("nstar seccomp hello.log", "what its manifest has to allow beside the default profile"),
            ],
            ["completion"] =
            [
                new("source <(nstar completion --shell bash)", "for this shell"),
                new("nstar completion --shell bash -o /etc/bash_completion.d/nstar", "for every bash"),
                new("nstar completion --shell zsh -o /usr/local/share/zsh/site-functions/_nstar", "for every zsh"),
                new("nstar completion --shell fish -o /etc/fish/completions/nstar.fish", "for every fish"),
            ],
        },
        Footer = "'nstar VERB --help' tells more, with examples. Exit codes: 0 done, 1 failed (a line 'Error:' says why), 2 wrong command line, 130 interrupted.\n"
            + "NO_COLOR=1 turns colours off; output that is no terminal has none.",
    };
}
