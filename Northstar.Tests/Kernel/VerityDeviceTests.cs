// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Northstar.Runtime;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Linux.Loop;
using Northstar.Runtime.Linux.Verity;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Devices on their own: nodes, names, removal, and what udev is told.</summary>
[Category("Kernel")]
[NonParallelizable]
[Requires(HostFeature.Root, HostFeature.Loop, HostFeature.DeviceMapper)]
internal sealed unsafe class VerityDeviceTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private LeakCheck _leaks = null!;
    private DeviceMapper _mapper = null!;

    [SetUp]
    public void Open()
    {
        _leaks = new LeakCheck();
        _mapper = DeviceMapper.Open();
    }

    [TearDown]
    public void Close()
    {
        _mapper.Dispose();
        _leaks.AssertNothingIsLeft();
    }

    [Test]
    public void Device_LivesAsLongAsItIsHeld()
    {
        using (VerityDevice device = Create())
        {
            Assert.That(_mapper.List(), Does.Contain(device.MapperName));
            Assert.That(File.ReadAllBytes(device.Path), Is.EqualTo(new byte[VerityTable.BlockLengthBytes]));
            Assert.That(device.IsCorrupted, Is.False);
        }

        Assert.That(_mapper.List, Has.None.StartsWith("northstar-").After(5000, 10));
    }

    [Test]
    public void H23_Names_CannotBeForeseenAndUdevIsTold()
    {
        using SafeFd events = Listen();
        using VerityDevice first = Create();
        using VerityDevice second = Create();

        Assert.That(first.MapperName, Does.Match("^northstar-[0-9a-f]{32}$").And.Not.EqualTo(second.MapperName));
        Assert.That(_mapper.ReadUuid(first.MapperName), Does.StartWith("northstar-").And.Not.EqualTo(_mapper.ReadUuid(second.MapperName)));
        const uint Disabled = Sys.DM_UDEV_DISABLE_DM_RULES_FLAG | Sys.DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | Sys.DM_UDEV_DISABLE_DISK_RULES_FLAG | Sys.DM_UDEV_DISABLE_OTHER_RULES_FLAG;
        string[] told = [.. ReadAll(events).Where(e => e.Contains("ACTION=change", StringComparison.Ordinal) && e.Contains($"DEVNAME={first.Name}\0", StringComparison.Ordinal))];

        // The kernel adds an event of its own when the device becomes read-only; it comes before that of the activation, which udev waits for.
        Assert.That(told.Where(static e => Cookie(e) == 0), Is.All.Contains("DISK_RO=1"));
        Assert.That(told.Select(Cookie).Where(static c => c != 0).Select(static c => c >> Sys.DM_UDEV_FLAGS_SHIFT & Disabled), Is.EqualTo(new[] { Disabled }));
    }

    [Test]
    public void Node_OfTheHost_IsTakenWhereOwnOnesAreNotAllowed()
    {
        using VerityDevice device = Create();

        using DeviceMapperHandle handle = BlockNode.OpenOfHost(device.Number, s_limit);

        Assert.That(Descriptors.DeviceOf(handle), Is.EqualTo(device.Number));
    }

    [Test]
    public void Node_ThatNeverAppears_IsAnErrorInTime()
    {
        LinuxException? failure = Assert.Throws<LinuxException>(() => BlockNode.OpenOfHost(Sys.makedev(4095, 0xFFFFF), TimeSpan.FromMilliseconds(30)));

        Assert.That(failure!.Message, Does.Contain("dm-1048575").And.Contain("devtmpfs"));
    }

    [Test]
    public void Target_ThatTheKernelLacks_IsNamedWithItsOption() =>
        Assert.That(() => _mapper.CheckTarget("northstar-none"), Throws.InstanceOf<LinuxException>().With.Message.Contains("northstar-none").And.Message.Contains("CONFIG_DM_VERITY"));

    [Test]
    public void TableThatTheKernelRefuses_LeavesNothing()
    {
        LinuxException? failure = Assert.Throws<LinuxException>(() => Create(new VerityTable(1 << 20, (1 << 20) + 1, new byte[32], ReadOnlyMemory<byte>.Empty)));

        Assert.That(failure!.Operation, Is.EqualTo("DM_TABLE_LOAD"));
        Assert.That(_mapper.List(), Has.None.StartsWith("northstar-"));
    }

    [Test]
    public void WrongRootHash_FailsTheReadAndIsTold()
    {
        using var watch = new VerityWatch();
        using var told = new ManualResetEventSlim();
        string? block = null;
        using VerityDevice device = Create(new VerityTable(1, 2, new byte[32], ReadOnlyMemory<byte>.Empty));
        using SafeFd file = NewImage();
        using IDisposable registration = watch.Add(
            device, file,
            what =>
            {
                block = what;
                told.Set();
            },
            static () => { });

        Assert.That(() => File.ReadAllBytes(device.Path), Throws.InstanceOf<IOException>());

        Assert.That(told.Wait(s_limit), Is.True);
        Assert.That(block, Is.EqualTo("data block 0 does not match its hash"));
        Assert.That(device.IsCorrupted, Is.True);
    }

    [Test]
    public void StaleDevices_OfDeadRuntimesAreRemovedAndNoOthers()
    {
        using VerityDevice living = Create();
        string dead = NewName(), elsewhere = NewName();
        _mapper.Create(dead, (DeviceOwner.Current with { StartTicks = 1 }).NewUuid());
        _mapper.Create(elsewhere, (DeviceOwner.Current with { PidNamespace = 1 }).NewUuid());
        try
        {
            Assert.That(VerityDevice.RemoveStale(_mapper), Is.EqualTo(new[] { dead }));
            Assert.That(_mapper.List(), Does.Contain(living.MapperName).And.Contain(elsewhere).And.Not.Contain(dead));
        }
        finally
        {
            _mapper.Remove(dead);
            _mapper.Remove(elsewhere);
        }

        static string NewName() => $"northstar-{Guid.NewGuid():N}";
    }

    private VerityDevice Create(VerityTable? table = null)
    {
        using SafeFd image = NewImage();
        using LoopDevice loop = LoopDevice.Attach(image, 0, 3 * VerityTable.BlockLengthBytes, s_limit);
        return VerityDevice.Create(_mapper, loop, table ?? new VerityTable(1, 2, SHA256.HashData(new byte[VerityTable.BlockLengthBytes]), ReadOnlyMemory<byte>.Empty), s_limit);
    }

    private static SafeFd NewImage()
    {
        SafeFd memfd = Descriptors.NewMemfd("northstar-test");
        using var file = new Microsoft.Win32.SafeHandles.SafeFileHandle(memfd.DangerousGetHandle(), ownsHandle: false);
        RandomAccess.SetLength(file, 3 * VerityTable.BlockLengthBytes);
        return memfd;
    }

    private static SafeFd Listen()
    {
        var socket = new SafeFd();
        socket.Take(Sys.socket(Sys.AF_NETLINK, Sys.SOCK_DGRAM | Sys.SOCK_CLOEXEC, Sys.NETLINK_KOBJECT_UEVENT), "socket");
        var address = new Sys.sockaddr_nl { nl_family = Sys.AF_NETLINK, nl_groups = 1 };
        using var fd = new Borrow(socket);
        Assert.That(Sys.bind(fd.Fd, &address, (uint)sizeof(Sys.sockaddr_nl)), Is.Zero);
        return socket;
    }

    private static List<string> ReadAll(SafeFd socket)
    {
        var messages = new List<string>();
        byte* buffer = stackalloc byte[8192];
        using var fd = new Borrow(socket);
        while (Sys.recv(fd.Fd, buffer, 8192, Sys.MSG_DONTWAIT) is var length and > 0)
        {
            messages.Add(Encoding.UTF8.GetString(buffer, (int)length));
        }

        return messages;
    }

    private static uint Cookie(string uevent) =>
        uevent.Split('\0').Where(static t => t.StartsWith("DM_COOKIE=", StringComparison.Ordinal)).Select(static t => uint.Parse(t[10..], CultureInfo.InvariantCulture)).SingleOrDefault();
}
