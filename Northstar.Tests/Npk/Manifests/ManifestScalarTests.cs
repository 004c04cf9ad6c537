// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Tests.Npk.Manifests;

[TestFixture]
public sealed class ManifestScalarTests
{
    [TestCase("", "Null")]
    [TestCase("~", "Null")]
    [TestCase("null", "Null")]
    [TestCase("Null", "Null")]
    [TestCase("NULL", "Null")]
    [TestCase("nULL", "String")]
    [TestCase("True", "Boolean")]
    [TestCase("FALSE", "Boolean")]
    [TestCase("yes", "String")]
    [TestCase("on", "String")]
    [TestCase("0", "Integer")]
    [TestCase("+12", "Integer")]
    [TestCase("-0x1F", "Integer")]
    [TestCase("0o17", "Integer")]
    [TestCase("0b11", "Integer")]
    [TestCase("0X1F", "String")]
    [TestCase("0o8", "String")]
    [TestCase("0644", "String")]
    [TestCase("-00", "String")]
    [TestCase("1_000", "String")]
    [TestCase("1.5", "Float")]
    [TestCase("1e3", "Float")]
    [TestCase(".5", "Float")]
    [TestCase("-.inf", "Float")]
    [TestCase(".nan", "Float")]
    [TestCase("-.nan", "String")]
    [TestCase("1e999", "String")]
    [TestCase("inf", "String")]
    [TestCase("0.0.1", "String")]
    [TestCase("+-1", "String")]
    [TestCase("-", "String")]
    [TestCase(".", "String")]
    [TestCase("1,000", "String")]
    public void YamlScalar_Resolve_FollowsTheCoreSchema(string text, string kind) => Assert.That(YamlScalar.Resolve(text).ToString(), Is.EqualTo(kind));

    [TestCase("100", 100ul)]
    [TestCase("0", 0ul)]
    [TestCase("+5", 5ul)]
    [TestCase("7b", 7ul)]
    [TestCase("100kB", 100_000ul, TestName = "U034_{m}{a}")]
    [TestCase("100MB", 100_000_000ul, TestName = "U034_{m}{a}")]
    [TestCase("100GB", 100_000_000_000ul, TestName = "U034_{m}{a}")]
    [TestCase("20M", 20_000_000ul)]
    [TestCase(" 20 m ", 20_000_000ul)]
    [TestCase("3k", 3_000ul)]
    [TestCase("3Ki", 3_072ul)]
    [TestCase("3KIB", 3_072ul)]
    [TestCase("8MiB", 8_388_608ul)]
    [TestCase("1gib", 1_073_741_824ul)]
    [TestCase("1T", 1_000_000_000_000ul)]
    [TestCase("1tb", 1_000_000_000_000ul)]
    [TestCase("1Ti", 1_099_511_627_776ul)]
    [TestCase("1P", 1_000_000_000_000_000ul)]
    [TestCase("1PiB", 1_125_899_906_842_624ul)]
    [TestCase("1E", 1_000_000_000_000_000_000ul)]
    [TestCase("15EiB", 17_293_822_569_102_704_640ul)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    public void SizeText_TryParse_GivesBytes(string text, ulong expected)
    {
        Assert.That(SizeText.TryParse(text, out ulong bytes));
        Assert.That(bytes, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("M")]
    [TestCase("100XB")]
    [TestCase("1.5M")]
    [TestCase("-1")]
    [TestCase("1 M B")]
    [TestCase("1Mib3")]
    [TestCase("1ib")]
    [TestCase("++1")]
    [TestCase("+ 1")]
    [TestCase("16EiB")]
    [TestCase("18446744073709551616")]
    public void SizeText_TryParse_RefusesTheRest(string text) => Assert.That(SizeText.TryParse(text, out _), Is.False);

    [TestCase(1000.0, "1000.0")]
    [TestCase(1e22, "1e22")]
    [TestCase(1e15, "1000000000000000.0")]
    [TestCase(1e16, "1e16")]
    [TestCase(1.5, "1.5")]
    [TestCase(-0.25, "-0.25")]
    [TestCase(0.00001, "0.00001")]
    [TestCase(0.000001, "1e-6")]
    [TestCase(123456.789e3, "123456789.0")]
    [TestCase(1.234e-9, "1.234e-9")]
    [TestCase(1.7976931348623157e308, "1.7976931348623157e308")]
    [TestCase(-0.0, "-0.0")]
    [TestCase(0.0, "0.0")]
    public void FloatText_Format_KeepsAFractionOrExponent(double number, string text)
    {
        Assert.That(FloatText.Format(number), Is.EqualTo(text));
        Assert.That(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(number));
    }

    [Test]
    public void Words_OfTheFormat_AreFrozen()
    {
        Assert.That(ManifestWords.Autostart.ToString(), Is.EqualTo("relaxed, critical"));
        Assert.That(ManifestWords.OutputMode.ToString(), Is.EqualTo("discard, pipe, inherit"));
        Assert.That(ManifestWords.SocketKind.ToString(), Is.EqualTo("stream, datagram, seq_packet"));
        Assert.That(ManifestWords.Rlimit.ToString(), Is.EqualTo(
            "cpu, fsize, data, stack, core, rss, nproc, nofile, memlock, as, locks, sigpending, msgqueue, nice, rtprio, rttime"));
        Assert.That(ManifestWords.Permissions.ToString(), Is.EqualTo(
            "ident, inspect, install, kill, list, notifications, mount, repositories, shutdown, start, start_command, token_create, "
            + "token_verification, umount, uninstall"));
        Assert.That(ManifestWords.Capability.ToString(), Is.EqualTo(
            "CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP, "
            + "CAP_LINUX_IMMUTABLE, CAP_NET_BIND_SERVICE, CAP_NET_BROADCAST, CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, CAP_IPC_OWNER, "
            + "CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_SYS_PACCT, CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_NICE, "
            + "CAP_SYS_RESOURCE, CAP_SYS_TIME, CAP_SYS_TTY_CONFIG, CAP_MKNOD, CAP_LEASE, CAP_AUDIT_WRITE, CAP_AUDIT_CONTROL, CAP_SETFCAP, "
            + "CAP_MAC_OVERRIDE, CAP_MAC_ADMIN, CAP_SYSLOG, CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND, CAP_AUDIT_READ, CAP_PERFMON, CAP_BPF, "
            + "CAP_CHECKPOINT_RESTORE"));
    }
}
