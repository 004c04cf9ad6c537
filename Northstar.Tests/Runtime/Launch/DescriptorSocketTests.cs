// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using System.Text;
using Northstar.Runtime;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Tests.Runtime.Launch;

/// <summary>Descriptors that travel through Unix sockets.</summary>
[NonParallelizable]
internal sealed unsafe class DescriptorSocketTests
{
    private const int Rounds = 10_000;
    private const int F_SETFL = 4;

    [Test]
    public void U103_TwoDescriptors_SentForthAndBack_AreTheSameFiles()
    {
        (SafeFd left, SafeFd right) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        (SafeFd stream, SafeFd streamEnd) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        SafeFd memory = Descriptors.NewMemfd("forth-and-back");
        using (left)
        using (right)
        using (streamEnd)
        {
            (string streamName, string memoryName) = (Name(stream), Name(memory));
            for (int i = 0; i < Rounds; i++)
            {
                (stream, memory) = (Pass(left, right, stream), Pass(left, right, memory));
                (stream, memory) = (Pass(right, left, stream), Pass(right, left, memory));
            }

            Assert.That(memoryName, Does.Contain("forth-and-back"));
            Assert.That((Name(stream), Name(memory)), Is.EqualTo((streamName, memoryName)));
            Assert.That((OpenCount(streamName), OpenCount(memoryName)), Is.EqualTo((1, 1)));
            using FileStream file = new(memory.ToFileHandle(), FileAccess.ReadWrite);
            file.Write("through the file"u8);
            file.Position = 0;
            Assert.That(new StreamReader(file).ReadToEnd(), Is.EqualTo("through the file"));
            Assert.That(Talk(stream, streamEnd, "through the socket"), Is.EqualTo("through the socket"));
        }

        stream.Dispose();
    }

    [Test]
    public void MoreDescriptorsThanAMessageTakes_AreRefused()
    {
        (SafeFd left, SafeFd right) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        using (left)
        using (right)
        {
            SafeHandle[] most = [.. Enumerable.Repeat(left, LaunchRequest.MaxDescriptors)];
            Assert.That(() => DescriptorSocket.Send(left, "x"u8, [], most), Throws.Nothing);
            Assert.That(() => DescriptorSocket.Send(left, "x"u8, [], [.. most, left]), Throws.TypeOf<LinuxException>().With.Message.Contain("ETOOMANYREFS"));
        }
    }

    [Test]
    public void Receive_EndOfTheOther_IsZero()
    {
        (SafeFd left, SafeFd right) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        using (right)
        {
            left.Dispose();
            var none = new SafeFd();
            Assert.That(DescriptorSocket.Receive(right, new byte[8], none), Is.Zero);
            Assert.That(none.IsInvalid, Is.True);
        }
    }

    [Test]
    public void Received_IsCloseOnExec()
    {
        (SafeFd left, SafeFd right) = Descriptors.SocketPair(Sys.SOCK_SEQPACKET);
        using (left)
        using (right)
        {
            using SafeFd memory = Pass(left, right, Descriptors.NewMemfd("cloexec"));
            Assert.That(Flags(memory, Sys.F_GETFD) & Sys.FD_CLOEXEC, Is.Not.Zero);
        }
    }

    [Test]
    public void U104_NonBlocking_IsSwitchedOnAndOff()
    {
        (SafeFd left, SafeFd right) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        using (left)
        using (right)
        {
            int flags = Flags(left, Sys.F_GETFL);
            Assert.That(flags & Sys.O_NONBLOCK, Is.Zero);

            using var fd = new Borrow(left);
            byte one;
            Assert.That(Sys.fcntl(fd.Fd, F_SETFL, flags | Sys.O_NONBLOCK), Is.Zero);
            Assert.That(Flags(left, Sys.F_GETFL), Is.EqualTo(flags | Sys.O_NONBLOCK));
            Assert.That(Sys.read(fd.Fd, &one, 1), Is.EqualTo((nint)(-1)));
            Assert.That((Errno)Marshal.GetLastPInvokeError(), Is.EqualTo(Errno.EAGAIN));
            Assert.That(Flags(right, Sys.F_GETFL) & Sys.O_NONBLOCK, Is.Zero, "the other end is not touched");

            Assert.That(Sys.fcntl(fd.Fd, F_SETFL, flags), Is.Zero);
            Assert.That(Flags(left, Sys.F_GETFL), Is.EqualTo(flags));
        }
    }

    private static SafeFd Pass(SafeFd from, SafeFd to, SafeFd descriptor)
    {
        using (descriptor)
        {
            DescriptorSocket.Send(from, "x"u8, [], [descriptor]);
        }

        var received = new SafeFd();
        Assert.That(DescriptorSocket.Receive(to, new byte[8], received), Is.EqualTo(1));
        return received;
    }

    private static string Talk(SafeFd from, SafeFd to, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        DescriptorSocket.Send(from, bytes, [], []);
        byte[] received = new byte[bytes.Length + 1];
        int length = DescriptorSocket.Receive(to, received, new SafeFd());
        return Encoding.UTF8.GetString(received, 0, length);
    }

    private static int Flags(SafeHandle handle, int command)
    {
        using var fd = new Borrow(handle);
        return Sys.fcntl(fd.Fd, command, 0);
    }

    private static string Name(SafeHandle handle)
    {
        using var fd = new Borrow(handle);
        return new FileInfo($"/proc/self/fd/{fd.Fd}").LinkTarget!;
    }

    /// <summary>Counts this process's descriptors of one file; the test host opens and closes others meanwhile.</summary>
    private static int OpenCount(string name) =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(f => new FileInfo(f).LinkTarget == name);
}
