// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Init;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Tests.Runtime.Launch;

/// <summary>Plans on their way from the runtime to northstar-init, written by the one and read by the code of the other.</summary>
internal sealed unsafe class PlanTransferTests
{
    private SafeFd _runtime = null!;
    private SafeFd _init = null!;
    private byte* _buffer;

    [SetUp]
    public void Connect()
    {
        (_runtime, _init) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        _buffer = (byte*)NativeMemory.Alloc((nuint)RequestReceiver.BufferLength);
    }

    [TearDown]
    public void Close()
    {
        _runtime.Dispose();
        _init.Dispose();
        NativeMemory.Free(_buffer);
    }

    [Test]
    public void U101_U105_RandomPlansWithFilters_AreReadAsTheyWereWritten()
    {
        for (int seed = 0; seed < 10_000; seed++)
        {
            using RandomPlan random = RandomPlan.Create(seed, seed % 9, seed % 50);
            Check(random.Plan, throughMemfd: seed % 3 == 0);
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void U101_EmptyPlan_IsReadAsItWasWritten(bool throughMemfd)
    {
        using RandomPlan random = RandomPlan.Create(1, 0, 0);
        Check(random.Plan, throughMemfd);
    }

    [Test]
    public void U102_LargestPlanOfAPacket_IsReadAsItWasWritten() => CheckOfSize(LaunchRequest.MaxInlinePlan, throughMemfd: false);

    [Test]
    public void U102_LargestPlanOfAll_IsReadAsItWasWritten() => CheckOfSize(LaunchRequest.MaxPlan, throughMemfd: true);

    [Test]
    public void PlanBeyondTheLimit_IsRefusedByTheReceiver()
    {
        var request = new LaunchRequest { Id = 5, PlanLength = LaunchRequest.MaxPlan + 1, InMemfd = 1 };
        using SafeFd memfd = PlanMemfd.Write(new byte[LaunchRequest.MaxPlan + 1]);
        DescriptorSocket.Send(_runtime, Head(in request), [], [memfd]);
        AssertRefused(expectedId: 5);
    }

    [Test]
    public void PlanShorterThanAnnounced_IsRefusedByTheReceiver()
    {
        var request = new LaunchRequest { Id = 6, PlanLength = 100 };
        DescriptorSocket.Send(_runtime, Head(in request), new byte[99], []);
        AssertRefused(expectedId: 6);
    }

    [Test]
    public void PlanInAMemfdShorterThanAnnounced_IsRefusedByTheReader()
    {
        var request = new LaunchRequest { Id = 8, PlanLength = 100, InMemfd = 1 };
        using SafeFd memfd = PlanMemfd.Write(new byte[99]);
        DescriptorSocket.Send(_runtime, Head(in request), [], [memfd]);
        Assert.That(Receive(out ReceivedRequest received), Is.EqualTo(RequestReceiver.Result.Request));
        bool whole = RequestReceiver.ReadPlan(ref received);
        received.Release();
        Assert.That(whole, Is.False);
    }

    [Test]
    public void PlanInAMemfdThatIsMissing_IsRefusedByTheReceiver()
    {
        var request = new LaunchRequest { Id = 7, PlanLength = 100, InMemfd = 1 };
        DescriptorSocket.Send(_runtime, Head(in request), [], []);
        AssertRefused(expectedId: 7);
    }

    [Test]
    public void PacketShorterThanItsHeader_IsRefusedByTheReceiver()
    {
        DescriptorSocket.Send(_runtime, new byte[sizeof(LaunchRequest) - 1], [], []);
        AssertRefused(expectedId: 0);
    }

    [Test]
    public void EndOfTheRuntime_IsTheEndOfTheStream()
    {
        _runtime.Dispose();
        Assert.That(Receive(out _), Is.EqualTo(RequestReceiver.Result.EndOfStream));
    }

    private void CheckOfSize(int size, bool throughMemfd)
    {
        using RandomPlan random = RandomPlan.Create(42, 20, 50);
        string filler = "";
        LaunchPlan With(string text) => new()
        {
            ProcessName = text,
            HostName = random.Plan.HostName,
            Root = random.Plan.Root,
            Namespaces = random.Plan.Namespaces,
            Mounts = random.Plan.Mounts,
            Seccomp = random.Plan.Seccomp,
            Uid = 1,
            Gid = 2,
            StandardStreams = random.Plan.StandardStreams,
            Program = random.Plan.Program,
            Arguments = random.Plan.Arguments,
            Environment = random.Plan.Environment,
        };

        filler = new string('x', size - Write(With(filler)).Bytes.Length);
        LaunchPlan plan = With(filler);
        Assert.That(Write(plan).Bytes.Length, Is.EqualTo(size));
        Check(plan, throughMemfd);
    }

    private void Check(LaunchPlan plan, bool throughMemfd)
    {
        LaunchPlanWriter writer = Write(plan);
        var request = new LaunchRequest
        {
            Id = 17,
            PlanLength = (uint)writer.Bytes.Length,
            InMemfd = throughMemfd ? 1u : 0,
            Namespaces = unchecked((uint)plan.Namespaces),
            Waits = plan.Waits ? 1u : 0,
            FailStage = plan.Fault.Stage,
            FailErrno = plan.Fault.Errno,
        };
        if (throughMemfd)
        {
            using SafeFd memfd = PlanMemfd.Write(writer.Bytes);
            DescriptorSocket.Send(_runtime, Head(in request), [], [.. writer.Descriptors, memfd]);
        }
        else
        {
            DescriptorSocket.Send(_runtime, Head(in request), writer.Bytes, writer.Descriptors);
        }

        Assert.That(Receive(out ReceivedRequest received), Is.EqualTo(RequestReceiver.Result.Request));
        try
        {
            Assert.That(received.Id, Is.EqualTo(17));
            Assert.That((received.FailStage, received.FailErrno), Is.EqualTo((plan.Fault.Stage, plan.Fault.Errno)));
            Assert.That((received.Namespaces, received.Waits), Is.EqualTo((unchecked((uint)plan.Namespaces), plan.Waits)));

            // Init and payload read it each, so it can be read again.
            ReceivedRequest second = received;
            Assert.That(RequestReceiver.ReadPlan(ref second), Is.True);
            NativeMemory.Free(second.Allocated);
            Assert.That(RequestReceiver.ReadPlan(ref received), Is.True);
            Assert.That(received.DescriptorCount, Is.EqualTo(writer.Descriptors.Count + (throughMemfd ? 1 : 0)));
            Assert.That(PlanFields.Read(ref received), Is.EqualTo(PlanFields.Of(plan)));
        }
        finally
        {
            received.Release();
        }
    }

    private LaunchPlanWriter Write(LaunchPlan plan)
    {
        var writer = new LaunchPlanWriter();
        writer.Write(plan, _init);
        return writer;
    }

    private void AssertRefused(ulong expectedId)
    {
        RequestReceiver.Result result = Receive(out ReceivedRequest received);
        int errno = received.Errno;
        ulong id = received.Id;
        received.Release();
        Assert.That(result, Is.EqualTo(RequestReceiver.Result.Failed));
        Assert.That(errno, Is.EqualTo((int)Errno.EBADMSG));
        Assert.That(id, Is.EqualTo(expectedId));
    }

    private RequestReceiver.Result Receive(out ReceivedRequest received)
    {
        using var fd = new Borrow(_init);
        return RequestReceiver.Receive(fd.Fd, _buffer, out received);
    }

    private static ReadOnlySpan<byte> Head(in LaunchRequest request) => MemoryMarshal.AsBytes(new ReadOnlySpan<LaunchRequest>(in request));
}
