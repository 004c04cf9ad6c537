// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Runtime.Linux.Verity;

namespace Northstar.Tests.Runtime.Verity;

/// <summary>Whose a device is, and whether that process is alive.</summary>
internal sealed class DeviceOwnerTests
{
    [Test]
    public void Uuid_NamesItsOwnerAndNobodyForeseesIt()
    {
        string uuid = DeviceOwner.Current.NewUuid();

        Assert.That(DeviceOwner.TryParse(uuid), Is.EqualTo(DeviceOwner.Current));
        Assert.That(DeviceOwner.Current.NewUuid(), Is.Not.EqualTo(uuid));
        Assert.That(uuid, Has.Length.LessThanOrEqualTo(128));
    }

    [Test]
    public void HasEnded_LivingProcess_IsFalse() => Assert.That(DeviceOwner.Current.HasEnded, Is.False);

    [Test]
    public void HasEnded_NumberUsedAgainByAnotherProcess_IsTrue() =>
        Assert.That((DeviceOwner.Current with { StartTicks = DeviceOwner.Current.StartTicks + 1 }).HasEnded, Is.True);

    [Test]
    public void HasEnded_ProcessThatIsGone_IsTrue()
    {
        using Process process = Process.Start("true");
        process.WaitForExit();

        Assert.That((DeviceOwner.Current with { Pid = process.Id }).HasEnded, Is.True);
    }

    [Test]
    public void HasEnded_ProcessOfAnotherNamespace_IsNotKnown() =>
        Assert.That(new DeviceOwner(DeviceOwner.Current.PidNamespace + 1, 1, 1).HasEnded, Is.False);

    [TestCase("")]
    [TestCase("LVM-abc")]
    [TestCase("northstar-")]
    [TestCase("northstar-1-2-3")]
    [TestCase("northstar-1-x-3-abc")]
    [TestCase("northstar-1-2-3-abc-d")]
    public void TryParse_DeviceOfSomebodyElse_IsNull(string uuid) => Assert.That(DeviceOwner.TryParse(uuid), Is.Null);
}
