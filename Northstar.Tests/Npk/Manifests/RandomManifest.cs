// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json.Nodes;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

/// <summary>Makes valid manifests out of a seed, with texts that try the quoting of every syntax.</summary>
internal sealed class RandomManifest(int seed)
{
    private static readonly string[] s_texts =
    [
        "", "a", "yes", "null", "~", "5", "0644", "1.5", " a ", "a: b", "a #b", "- x", "? x", "'q'", "\"q\"", "\\", "a\nb", "a\n", "\n", "\n\n a",
        " a\n", "a \nb", "tab\tx", "a\r\nb", "ä€😀", "\u2028", "\u0085", "\ufeff", "{a}", "[a]", "#", "*", ">=1", "&x", "!y", "%z", "---", "...", "<<", "=",
        "a,b", "|", "a:", ":", "-", "@", "`", "$HOME", "very long " + "text text text text text text text text text text text text text text text",
    ];

    private readonly Random _random = new(seed);

    internal Manifest Next()
    {
        bool isResource = Chance();
        return new Manifest
        {
            Name = ContainerName.Parse(Pick("a", "1.5", "-x", "null", "a.b_c-d", "yes")),
            Version = new PackageVersion((ulong)_random.Next(3), (ulong)_random.NextInt64(), 0),
            Uid = (ushort)_random.Next(1, 65536),
            Gid = (ushort)_random.Next(1, 65536),
            Console = Chance() ? (Permissions)_random.Next((int)Permissions.Full + 1) : null,
            Init = isResource ? null : "/" + Text(),
            Args = isResource ? [] : List(Text),
            Env = isResource ? new Dictionary<string, string>() : Map(i => $"V{i}{Pick("", " x", "#", "ä")}", Text),
            Sched = Pick<SchedulingPolicy?>(
                null, new SchedulingPolicy.Idle(), new SchedulingPolicy.Other(-20), new SchedulingPolicy.Batch(19), new SchedulingPolicy.Fifo(1), new SchedulingPolicy.RoundRobin(99)),
            Mounts = Map(i => $"/m{i}{Pick("", "/x", " y", ": z", "ä")}", Mount),
            Autostart = isResource ? null : Pick<Autostart?>(null, Autostart.Relaxed, Autostart.Critical),
            Cgroups = isResource || Chance() ? null : Cgroups(),
            Network = Pick<Network?>(null, new Network.Host(), new Network.Namespace("n" + Pick("1", " #", "\n", "ä"))),
            Seccomp = isResource || Chance() ? null : new Seccomp(Chance(), Chance() ? null : Map(i => $"call{i}", Rule)),
            Selinux = Chance() ? null : new Selinux(Chance() ? null : "a:b", Chance() ? null : "1"),
            Capabilities = isResource ? [] : [.. Enum.GetValues<Capability>().Where(_ => Chance())],
            SupplementaryGroups = isResource ? [] : [.. List(() => "g" + Text()).Where(g => g.Length < 60).Distinct()],
            Rlimits = Enum.GetValues<RlimitResource>().Where(_ => Chance()).ToDictionary(r => r, _ => new Rlimit(Chance() ? null : Number(), Chance() ? null : Number())),
            Sockets = Map(i => $"s{i}", () => new ContainerSocket(Pick(Enum.GetValues<SocketKind>()), 0x1B6, Chance() ? null : 5, Chance() ? null : 0, Chance() ? null : Chance())),
            Io = isResource || Chance() ? null : new StandardStreams(Pick(Enum.GetValues<OutputMode>()), Pick(Enum.GetValues<OutputMode>())),
            Custom = Chance() ? null : System.Text.Json.JsonSerializer.SerializeToElement(Custom(4)),
        };
    }

    private bool Chance() => _random.Next(2) == 0;

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    private string Text() => Chance() ? Pick(s_texts) : Pick(s_texts) + Pick(s_texts);

    // TOML has no number above 2^63 - 1.
    private ulong Number() => Pick(0ul, 1ul, (ulong)long.MaxValue, (ulong)_random.NextInt64());

    private List<T> List<T>(Func<T> make) => [.. Enumerable.Range(0, _random.Next(4)).Select(_ => make())];

    private Dictionary<string, T> Map<T>(Func<int, string> key, Func<T> make) => Enumerable.Range(0, _random.Next(4)).ToDictionary(key, _ => make());

    private Mount Mount() => Pick<Func<Mount>>(
        () => new Mount.Dev(), () => new Mount.Persist(), () => new Mount.Proc(), () => new Mount.Sockets(), () => new Mount.Sysfs(),
        () => new Mount.Tmpfs(Number()), () => new Mount.Bind(Text(), (MountOptions)_random.Next(32)),
        () => new Mount.Resource(
            ContainerName.Parse("5"), VersionRequirement.Parse(Pick("*", ">1, <=2.0", "1.2.*", "=0.0.1-a", "~3")), "/" + Text().Replace("..", ""), (MountOptions)_random.Next(16)))();

    private SeccompRule Rule() => Chance()
        ? new SeccompRule.Any()
        : new SeccompRule.Args((uint)_random.Next(6), Chance() ? null : [Number(), .. List(Number)], Number());

    private CgroupSettings Cgroups() => new()
    {
        Parent = Pick(null, "a/b", "5"),
        Cpu = Chance() ? null : new CpuSettings { Shares = Number(), Quota = -5, Cpus = Pick(null, "0-3", "0"), Attrs = Map(i => $"cpu.{i}", Text) },
        Memory = Chance() ? null : new MemorySettings { OomMonitor = Chance(), HardLimit = -1, Swappiness = Number(), Attrs = Map(i => $"memory.{i}", Text) },
        Blkio = Chance() ? null : new BlkioSettings
        {
            Weight = 5,
            WeightDevice = List(() => new WeightDevice(Number(), Number(), Chance() ? null : 7, null)),
            ThrottleWriteIops = List(() => new ThrottleDevice(Number(), Number(), Number())),
        },
    };

    private JsonNode Custom(int depth) => _random.Next(depth > 0 ? 6 : 4) switch
    {
        0 => JsonValue.Create(Text()),
        1 => JsonValue.Create(Pick(0, 1, -1, long.MinValue, long.MaxValue)),
        2 => JsonValue.Create(Pick(0.5, 1e22, -1e-7, 1234.5e100, double.MaxValue, double.Epsilon)),
        3 => JsonValue.Create(Chance()),
        4 => new JsonArray([.. List(() => Custom(depth - 1))]),
        _ => new JsonObject(Map(i => $"{i}{Text()}", () => (JsonNode?)Custom(depth - 1))),
    };
}
