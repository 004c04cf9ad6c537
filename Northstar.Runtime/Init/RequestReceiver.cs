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
    internal byte* Plan;
    internal int PlanLength;
    internal fixed int Descriptors[LaunchRequest.MaxDescriptors];
    internal int DescriptorCount;
    internal int Errno;
    internal LaunchStage FailStage;
    internal int FailErrno;
    internal void* Allocated;

    /// <summary>Closes the launcher's copies of the descriptors and frees what was allocated.</summary>
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

    internal static Result Receive(int socket, ref LauncherState state, out ReceivedRequest request)
    {
        request = default;
        int controlLength = sizeof(Sys.cmsghdr) + (LaunchRequest.MaxDescriptors * sizeof(int)) + 8;
        byte* control = stackalloc byte[controlLength];
        var vector = new Sys.iovec { iov_base = state.Buffer, iov_len = (nuint)state.BufferLength };
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
        var header = (LaunchRequest*)state.Buffer;
        if (received < sizeof(LaunchRequest) || (message.msg_flags & (Sys.MSG_CTRUNC | Sys.MSG_TRUNC)) != 0)
        {
            request.Errno = (int)Errno.EBADMSG;
            return Result.Failed;
        }

        request.Id = header->Id;
        request.FailStage = header->FailStage;
        request.FailErrno = header->FailErrno;
        request.Plan = state.Buffer + sizeof(LaunchRequest);
        request.PlanLength = (int)header->PlanLength;
        bool complete = header->InMemfd == 0
            ? header->PlanLength == (ulong)received - (ulong)sizeof(LaunchRequest)
            : ReadPlan(ref request, header->PlanLength);
        if (!complete)
        {
            request.Errno = (int)Errno.EBADMSG;
        }

        return complete ? Result.Request : Result.Failed;
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

    /// <summary>Reads a plan from the memfd that is the last descriptor.</summary>
    private static bool ReadPlan(ref ReceivedRequest request, uint length)
    {
        if (length > LaunchRequest.MaxPlan || request.DescriptorCount == 0)
        {
            return false;
        }

        request.Allocated = NativeMemory.Alloc(length);
        request.Plan = (byte*)request.Allocated;
        int memfd = request.Descriptors[request.DescriptorCount - 1];
        uint done = 0;
        while (done < length)
        {
            nint count = Sys.read(memfd, request.Plan + done, length - done);
            if (count <= 0)
            {
                return false;
            }

            done += (uint)count;
        }

        return true;
    }
}
