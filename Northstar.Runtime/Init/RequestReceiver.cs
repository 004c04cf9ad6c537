// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init;

/// <summary>A launch request as it arrived: the plan and the descriptors beside it.</summary>
internal unsafe struct ReceivedRequest
{
    internal ulong Id;
    internal byte* Message;
    internal int MessageLength;
    internal uint Namespaces;
    internal int Kill;
    internal bool IntoCgroup;
    internal bool Waits;
    internal bool IsInMemfd;
    internal byte* Plan;
    internal int PlanLength;
    internal fixed int Descriptors[LaunchRequest.MaxDescriptors];
    internal int DescriptorCount;
    internal int Errno;
    internal LaunchStage FailStage;
    internal int FailErrno;
    internal void* Allocated;

    /// <summary>Gets the directory of the cgroup that init begins in; -1 for none.</summary>
    internal readonly int Cgroup => IntoCgroup ? Descriptors[DescriptorCount - (IsInMemfd ? 2 : 1)] : -1;

    /// <summary>Closes the receiver's copies of the descriptors and frees what was allocated.</summary>
    internal void Release()
    {
        for (int i = 0; i < DescriptorCount; i++)
        {
            _ = Sys.close(Descriptors[i]);
        }

        DescriptorCount = 0;
        NativeMemory.Free(Allocated);
        Allocated = null;
    }
}

/// <summary>Receives launch requests.</summary>
internal static unsafe class RequestReceiver
{
    internal enum Result
    {
        Request,
        EndOfStream,
        Failed,
    }

    /// <summary>Gets the size of a request in bytes, its plan included unless that comes in a memfd.</summary>
    internal static int BufferLength => sizeof(LaunchRequest) + LaunchRequest.MaxInlinePlan;

    /// <summary>Waits for a request. It lies in <paramref name="buffer"/>, which has <see cref="BufferLength"/> bytes.</summary>
    internal static Result Receive(int socket, byte* buffer, out ReceivedRequest request)
    {
        request = default;
        int controlLength = sizeof(Sys.cmsghdr) + (LaunchRequest.MaxDescriptors * sizeof(int)) + 8;
        byte* control = stackalloc byte[controlLength];
        var vector = new Sys.iovec { iov_base = buffer, iov_len = (nuint)BufferLength };
        var message = new Sys.msghdr { msg_iov = &vector, msg_iovlen = 1, msg_control = control, msg_controllen = (nuint)controlLength };
        nint received = Sys.recvmsg(socket, &message, Sys.MSG_CMSG_CLOEXEC);
        if (received < 0)
        {
            request.Errno = Marshal.GetLastPInvokeError();
            return request.Errno == (int)Errno.EINTR ? Result.Failed : Result.EndOfStream;
        }

        if (received == 0)
        {
            return Result.EndOfStream;
        }

        TakeDescriptors(ref message, ref request);
        var header = (LaunchRequest*)buffer;
        if (received < sizeof(LaunchRequest) || (message.msg_flags & (Sys.MSG_CTRUNC | Sys.MSG_TRUNC)) != 0)
        {
            request.Errno = (int)Errno.EBADMSG;
            return Result.Failed;
        }

        request.Id = header->Id;
        request.Message = buffer;
        request.MessageLength = (int)received;
        request.Namespaces = header->Namespaces;
        request.Kill = header->Kill;
        request.IntoCgroup = header->IntoCgroup != 0;
        request.Waits = header->Waits != 0;
        request.FailStage = header->FailStage;
        request.FailErrno = header->FailErrno;
        request.Plan = buffer + sizeof(LaunchRequest);
        request.PlanLength = (int)header->PlanLength;
        request.IsInMemfd = header->InMemfd != 0;
        int behindPlan = (request.IsInMemfd ? 1 : 0) + (request.IntoCgroup ? 1 : 0);
        bool complete = request.DescriptorCount >= behindPlan && (request.IsInMemfd
            ? header->PlanLength <= LaunchRequest.MaxPlan
            : header->PlanLength == (ulong)received - (ulong)sizeof(LaunchRequest));
        if (!complete)
        {
            request.Errno = (int)Errno.EBADMSG;
        }

        return complete ? Result.Request : Result.Failed;
    }

    /// <summary>Reads a plan that came in a memfd, the last descriptor. Two processes may do so at the same time. Returns false when it is not whole.</summary>
    internal static bool ReadPlan(ref ReceivedRequest request)
    {
        if (!request.IsInMemfd)
        {
            return true;
        }

        request.IsInMemfd = false;
        request.Allocated = NativeMemory.Alloc((nuint)request.PlanLength);
        request.Plan = (byte*)request.Allocated;
        int memfd = request.Descriptors[request.DescriptorCount - 1];
        int done = 0;
        while (done < request.PlanLength)
        {
            nint count = Sys.pread(memfd, request.Plan + done, (nuint)(request.PlanLength - done), done);
            if (count <= 0)
            {
                return false;
            }

            done += (int)count;
        }

        return true;
    }

    private static void TakeDescriptors(ref Sys.msghdr message, ref ReceivedRequest request)
    {
        var header = (Sys.cmsghdr*)message.msg_control;
        if (message.msg_controllen < (nuint)sizeof(Sys.cmsghdr) || header->cmsg_level != Sys.SOL_SOCKET || header->cmsg_type != Sys.SCM_RIGHTS)
        {
            return;
        }

        int count = (int)((header->cmsg_len - (nuint)sizeof(Sys.cmsghdr)) / sizeof(int));
        var descriptors = (int*)((byte*)header + sizeof(Sys.cmsghdr));
        for (int i = 0; i < count && i < LaunchRequest.MaxDescriptors; i++)
        {
            request.Descriptors[request.DescriptorCount++] = descriptors[i];
        }
    }
}
