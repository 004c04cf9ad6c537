// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Host.Configuration;
using Northstar.Tests.Host;

namespace Northstar.Tests.Fuzz.Targets;

/// <summary>The configuration file, and the durations and sizes in it.</summary>
internal static class HostTargets
{
    private static readonly ErrorPatterns s_patterns = new(
    [
        "unknown key *", "* is a key of 2020: *", "* is unknown", "also needed today, at the top level: *", "*: a whole number is needed at *",
        "*: the number at * is too large; *", "*: a unit is missing at *",
        "*: '*' is no unit of time; *", "*: the duration is empty; *", "*: the duration is too long; *", "*: the size is empty; *",
        "*: the size is too large; *", "*: '*' does not begin with a number; *",
        "*: a fraction needs a unit; *", "*: '*' is no unit of size; *", "*: '*' is unknown; *", "*: '*' needs a directory; *", "*: '*' is no mode; *",
        "*: exactly one of mem and fs is needed, not *", "*: '*' is no version; *", "*: '*' is no name that a container can have", "*: a key file is missing",
        "*.revoked: the repository has no key, *",
        "*: true or false is needed, not *", "*: 1 or more is needed", "*: a * is needed, not *", "*: an * is needed, not *", "*: * is out of range; *",
        "* is missing: *", "*.type is missing; *",
        "debug.console and console.global are the same console; *", "cgroup: the name of the top-level cgroup is missing",
        "cgroup: '*' begins with '/'; *",
        "cgroup: '*' has an empty part, '.' or '..'", "cgroup: a path cannot have U+0000", "*: a path cannot have U+0000", "console.global.bind: *",
        "*: the directory is missing", "*: the file is missing",
        "*: the soft limit is above the hard one", "*: 10ms of each second or more are needed", "*: this is more than any machine has",
        "*: at most one second of each second can be given", "*: * is * already; *", "*: * lies in data_dir*", "*: the name is empty",
        "*: files of * need a place: *", "*: the program is missing",
        "*: a command is empty", "*: 0 to * days are possible", "further errors are not shown; *",
    ]);

    private static readonly string[] s_nearMisses =
    [
        "zebra = 1", "repositories = 1", "event_buffer_size = \"1\"", "[repositories.x]\ntype = {}", "event_buffer_size = -1", "[repositories.x]\nkey = \"a\"",
        "[repositories.x]\ntype = \"fs\"",
        "[console.global]\nbind = \"unix:///c\"\npermissions = \"full\"\nmode = \"9\"", "loop_device_timeout = \"\"", "loop_device_timeout = \"10\"",
        "loop_device_timeout = \"10x\"", "loop_device_timeout = \"x\"",
        "loop_device_timeout = \"99999999999999999999s\"", "[repositories.x]\ntype = \"mem\"\ncapacity_size = \"\"", "[repositories.x]\ntype = \"mem\"\ncapacity_size = \"x\"",
        "[repositories.x]\ntype = \"mem\"\ncapacity_size = \"1.5\"", "[repositories.x]\ntype = \"mem\"\ncapacity_size = \"1 XB\"",
        "[repositories.x]\ntype = \"mem\"\nmount_on_start = 1\nkey = \"\"",
        "integrity = \"x\"", "notification_buffer_size = 0", "realtime_budget = \"2s\"", "default_rlimits.core = { soft = 1, hard = 0 }", "default_cpu = \"9ms\"",
        "default_memory = \"9223372036854775808\"", "socket_dir = \"run\"", "log_dir = \"data/x\"",
        "socket_dir = \"a\\u0000\"", "loop_device_timeout = \"100y\"",
        "[console.global]\nbind = \"http://x\"\npermissions = \"full\"\nowner = \"\"", "[console.global]\npermissions = [\"ident\"]",
        "[debug]\ncommands = [\"\"]\n[debug.strace]\noutput = \"file\"\npath = \"\"",
        "[debug]\nconsole = \"tcp://localhost\"\n[console.global]\nbind = \"unix:///c\"\npermissions = \"full\"",
        "[repositories.x]\ntype = { fs = { dir = \"\" } }\nkeys = [\"a\\u0000\"]\n",
        "[console.global]\nbind = \"unix:///c\"\npermissions = \"full\"\n[console.global.tls]\nkey = \"a\"",
        "[repositories.x]\ntype = \"mem\"\ncapacity_size = \"99999999999999999999\"",
        "[repositories.x]\ntype = \"mem\"\nrevoked = \"r\"\npin = { a = [] }", "[repositories.x]\ntype = \"mem\"\nfloor = { a = \"1\", \"b c\" = \"1.2.3\" }",
        "loop_device_timeout = \"99999999y\"", "[debug.strace]\noutput = \"file\"", "[console]\ntoken_validity = \"5s\"\nmax_request_size = \"1 MiB\"",
    ];

    internal static IEnumerable<FuzzTarget> All()
    {
        byte[][] corpus =
        [
            Corpora.Golden("configuration-sample.toml"), Corpora.Golden("configuration-2020.toml"),
            .. Corpora.Bytes(s_nearMisses.Select(text => Configurations.Minimal + text)),
            .. Corpora.Bytes(Corpora.TestCases(typeof(ConfigurationErrorTests)).Select(text => Configurations.Minimal + text)),
            .. Corpora.Bytes(((string[])["", "/x", "a//b", "a\\u0000"]).Select(name => $"cgroup = \"{name}\"\nrun_dir = \"a\"\ndata_dir = \"b\"\n")),
            Corpora.Bytes("[directories]\nx = 1"), Corpora.Bytes("console_address = \"x\""), Corpora.Bytes(Configurations.Minimal), Corpora.Bytes("a = "),
        ];
        yield return new FuzzTarget
        {
            Name = "configuration",
            Corpus = corpus,
            Probes = [Corpora.Bytes(Configurations.Minimal + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"rundir{i} = 1\n"))),
                Corpora.Bytes($"{new string('a', 500_000)} = 1")],
            Mutator = new TextMutator(["run_dir", "data_dir", "fs", "mem", "permissions", "\"full\"", "bind", "options", "limits", "tls", "policy", "strict",
                "floor", "pin"], corpus),
            Parse = input => new FuzzOutcome(ConfigurationFile.Parse(input, Configurations.File)),
            Refusal = e => e is ConfigurationException c ? [.. c.Problems.Select(problem => s_patterns.Find(problem.Message) ?? TomlTargets.KindOf(problem.Message))] : null,
            Kinds = s_patterns.Kinds,
            OtherKinds = TomlTargets.Kinds,
            AllocationCapBytes = 1 << 20,
            AllocationPerByte = 128,
            Cases = 10_000,
        };
        yield return StraceLogTarget.Create();
        yield return Text("duration", ["1m 30s", "500ms", "1 0 s", "1y2M", "5µs", "x", "99999999999999999999s", "18446744073709551615y", ""], text =>
            DurationText.TryParse(text, out TimeSpan duration) is null ? duration : null, CheckDuration);
        yield return Text("size", ["10 MB", "1.5GiB", "+5", "18446744073709551616", "1..5K", ".", "5 kib", "0.0000001P"], text =>
            SizeText.TryParse(text, out ulong bytes) is null ? bytes : null, CheckSize);
    }

    private static FuzzTarget Text(string name, string[] texts, Func<string, object?> parse, Action<string, object> check)
    {
        byte[][] corpus = Corpora.Bytes(texts.Concat(Corpora.TestCases(typeof(ValueTextTests))));
        return new FuzzTarget
        {
            Name = name,
            Corpus = corpus,
            Mutator = new TextMutator(["ns", "us", "ms", "s", "min", "h", "d", "w", "M", "y", "K", "Ki", "MiB", "T", "P"], corpus),
            Parse = input => new FuzzOutcome(parse(Encoding.UTF8.GetString(input))),
            Check = (input, value) => check(Encoding.UTF8.GetString(input), value),
            AllocationCapBytes = 2 << 20,
            Cases = 10_000,
        };
    }

    private static void CheckDuration(string text, object value)
    {
        var duration = (TimeSpan)value;
        FuzzException.Require(duration >= TimeSpan.Zero, "a duration is not negative");
        if (duration.Ticks < long.MaxValue / 100)
        {
            ulong nanoseconds = (ulong)duration.Ticks * 100;
            FuzzException.Require(DurationText.TryParse(DurationText.Format(nanoseconds), out TimeSpan again) is null && again == duration,
                $"'{text}' is {duration}, written anew {again}");
        }
    }

    private static void CheckSize(string text, object value)
    {
        string plain = value.ToString()!;
        FuzzException.Require(SizeText.TryParse(plain, out ulong again) is null && again == (ulong)value, $"'{text}' is {value}");
    }
}
