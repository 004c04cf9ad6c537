// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

[TestFixture]
public sealed class ManifestPackingTests
{
    [TestCase("sched: {policy: !round_robin {priority: 5}}", "D01")]
    [TestCase("sched: {policy: !other {nice: 5}}", "D11")]
    [TestCase("sched: {policy: !other {nice: 0}}", "")]
    [TestCase("seccomp: {allow: {read: !args {index: 1, values: [1, 2]}}}", "D02")]
    [TestCase("seccomp: {allow: {read: !args {index: 1, values: [], mask: 1}}}", "D04")]
    [TestCase("sockets: {s: {type: stream, mode: 0o600, uid: 0}}", "D03")]
    [TestCase("sockets: {s: {type: stream, mode: 0o1600}}", "H09")]
    [TestCase("cgroups: {blkio: {weight_device: , throttle_read_bps_device: , throttle_read_iops_device: , throttle_write_bps_device: , throttle_write_iops_device: , attrs: {io.x: y}}}", "D15")]
    [TestCase("mounts: {/x: {type: bind, host: y}}", "H09")]
    public void Read_ForPacking_WarnsAndAccepts(string yaml, string rule)
    {
        string[] expected = rule.Length > 0 ? [rule] : [];

        Assert.That(ManifestText.Warnings(ManifestText.Base + yaml, forPacking: true), Is.EqualTo(expected));
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml, forPacking: true), Is.Empty);
        Assert.That(ManifestText.Warnings(ManifestText.Base + yaml), Is.Empty);
    }

    [TestCase("mounts: {x: {type: dev}}")]
    [TestCase("mounts: {/: {type: dev}}")]
    [TestCase("mounts: {/a/: {type: dev}}")]
    [TestCase("mounts: {/a//b: {type: dev}}")]
    [TestCase("mounts: {/./a: {type: dev}}")]
    [TestCase("env: {\"A B\": x}")]
    [TestCase("suppl_groups: ['']")]
    [TestCase("suppl_groups: ['a:b']")]
    public void Read_Hardening_IsAnErrorForPackingAndAWarningElse(string yaml)
    {
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml, forPacking: true), Is.EqualTo(["H09"]));
        Assert.That(ManifestText.Errors(ManifestText.Base + yaml), Is.Empty);
        Assert.That(ManifestText.Warnings(ManifestText.Base + yaml), Is.EqualTo(["H09"]));
    }

    [Test]
    public void Read_SocketFileTooLongForAnAddress_IsRefusedForPacking()
    {
        string Sockets(int length) => $"{ManifestText.Base}sockets: {{{new string('s', length)}: {{type: stream, mode: 0}}}}";

        // "/test:0.0.0:" takes 12 of 107 bytes.
        Assert.That(ManifestText.Errors(Sockets(95), forPacking: true), Is.Empty);
        Assert.That(ManifestText.Errors(Sockets(96), forPacking: true), Is.EqualTo(["H09"]));
    }

    [TestCase("/a bind, /a-b bind, /a/c bind", "V12")]
    [TestCase("/a bind, /a/b bind", "V12")]
    [TestCase("/a bind, /a/b/c bind, /x bind", "V12")]
    [TestCase("/proc proc, /proc/x tmpfs", "H09")]
    [TestCase("/sys sysfs, /sys/a/b bind", "H09")]
    [TestCase("/dev dev, /dev/shm tmpfs", "")]
    [TestCase("/tmp tmpfs, /tmp/data persist", "")]
    [TestCase("/r bind, /r/t tmpfs", "")]
    public void Read_ForPacking_ComparesAllTargets(string mounts, string rule)
    {
        string yaml = string.Concat(mounts.Split(", ").Select(m => m.Split(' ')).Select(m => $"  {m[0]}: {{type: {m[1]}{(m[1] switch
        {
            "bind" => ", host: /h",
            "tmpfs" => ", size: 1k",
            _ => "",
        })}}}\n"));

        Assert.That(ManifestText.Errors($"{ManifestText.Base}mounts:\n{yaml}", forPacking: true), Is.EqualTo(rule.Length > 0 ? [rule] : Array.Empty<string>()));
    }

    [Test]
    public void U043_Read_ManifestOf2020_GivesResourceMountsAndWarns()
    {
        const string text = """
            # Use the interpreter from the resource listed below
            name: ferris_says_hello
            version: 0.0.1
            init: /bin/ferris
            args:
              - /message/hello
            resources:
              - name: ferris
                version: 0.0.2
                dir: /
                mountpoint: /bin
              - name: hello_message
                version: 0.1.2
                dir: /
                mountpoint: /message
            """;

        ManifestReadResult refused = ManifestReader.Read(Encoding.UTF8.GetBytes(text));
        ManifestReadResult result = ManifestReader.Read(Encoding.UTF8.GetBytes(text), new ManifestReadOptions { DefaultUid = 1000, DefaultGid = 1001, ForPacking = true });

        Assert.That(refused.Diagnostics.Where(d => d.Severity == ManifestSeverity.Error).Select(d => (d.Rule, d.Field)), Is.EqualTo(
            new[] { ("P01", "uid"), ("P01", "gid") }));
        Assert.That(result.Diagnostics.Select(d => (d.Severity, d.Rule, d.Line)), Is.EqualTo(new[] { (ManifestSeverity.Warning, "L01", 7) }));
        Assert.That((result.Manifest!.Uid, result.Manifest.Gid), Is.EqualTo(((ushort)1000, (ushort)1001)));
        Assert.That(result.Manifest.Mounts["/message"], Is.EqualTo(
            new Mount.Resource(ContainerName.Parse("hello_message"), VersionRequirement.Parse("=0.1.2"), "/", MountOptions.None)));
        Assert.That(result.Manifest.Mounts.Keys, Is.EqualTo(new[] { "/bin", "/message" }));
    }

    [Test]
    public void Read_ManifestOf2020WithMore_IsConverted()
    {
        const string text = """
            name: greeter
            version: 0.2.0
            arch: x86_64-unknown-linux-gnu
            init: /bin/say
            uid: 7
            gid: 8
            env: [[LANG, C], [HELLO, north]]
            resources:
              - {name: say, version: 0.0.4, dir: /, mountpoint: /bin}
            autostart: true
            on_exit: {restart: 3}
            cgroups:
              mem: {limit: 30000000}
              cpu: {shares: 100}
            seccomp:
              read: 1
            instances: 2
            """;

        Manifest manifest = ManifestText.Parse(text);

        Assert.That(manifest.Env["HELLO"], Is.EqualTo("north"));
        Assert.That(manifest.Autostart, Is.EqualTo(Autostart.Relaxed));
        Assert.That(manifest.Cgroups!.Memory!.HardLimit, Is.EqualTo(30000000));
        Assert.That(manifest.Cgroups.Cpu!.Shares, Is.EqualTo(100));
        Assert.That(manifest.Seccomp!.Allow!["read"], Is.EqualTo(new SeccompRule.Any()));
        Assert.That(ManifestText.Warnings(text), Is.EqualTo(["L01", "L01", "L01", "L01"]));
        Assert.That(ManifestText.Errors(text.Replace("read: 1", "socket: arg0 == AF_UNIX", StringComparison.Ordinal)), Is.EqualTo(["L01"]));
        Assert.That(ManifestText.Errors(text.Replace(", mountpoint: /bin", "", StringComparison.Ordinal)), Is.EqualTo(["L01"]));
    }
}
