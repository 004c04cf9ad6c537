// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Init.Stages;

/// <summary>PID 2 of a container: limits, identity, capabilities and the seccomp filter, then the program.</summary>
internal static unsafe class Payload
{
    private const uint FileCreationMask = 0x12; // 0022

    /// <summary>Never returns.</summary>
    /// <param name="plan">The payload's section of the plan.</param>
    /// <param name="self">What connects it with init.</param>
    /// <param name="control">The container's socket, which brings the cgroups.</param>
    /// <param name="namespaces">The namespaces of the plan.</param>
    internal static void Run(ref PlanReader plan, ref PayloadProcess self, int control, int namespaces)
    {
        CgroupStage.Join(control, namespaces);
        uint uid = plan.Number();
        uint gid = plan.Number();
        uint groupCount = plan.Number();
        uint* groups = Allocate<uint>(groupCount);
        for (uint i = 0; i < groupCount; i++)
        {
            groups[i] = plan.Number();
        }

        ulong capabilities = plan.Number64();
        SetLabel(plan.Text());
        byte* filesName = SetRlimits(ref plan, out Sys.rlimit64 files);
        SetScheduling(ref plan);
        uint seccompLength = plan.Number();
        byte* seccomp = plan.Bytes(seccompLength);

        Descriptors(ref plan, ref self);
        if (filesName is not null)
        {
            Failure.Check(Sys.prlimit64(0, Sys.RLIMIT_NOFILE, &files, null), LaunchStage.Rlimits, filesName);
        }

        _ = Sys.umask(FileCreationMask);
        var signals = default(Sys.sigset_t);
        _ = Sys.sigprocmask(Sys.SIG_SETMASK, &signals, null);

        SetIdentity(uid, gid, groupCount, groups, capabilities);
        Failure.Enter(LaunchStage.Capabilities);
        Privileges.SetCapabilities(capabilities);
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, Sys.SIGKILL, 0, 0, 0);

        byte* program = plan.Text();
        byte** arguments = Texts(ref plan);
        byte** environment = Texts(ref plan);

        int pid = Sys.getpid();
        AwaitRoot(self.Go);
        Failure.Enter(LaunchStage.NoNewPrivs);
        Privileges.ForbidNewPrivileges(LaunchStage.NoNewPrivs);
        Failure.Enter(LaunchStage.Seccomp);
        if (seccompLength > 0)
        {
            var filter = new Sys.sock_fprog { len = (ushort)(seccompLength / 8), filter = seccomp };
            Failure.Check(Sys.seccomp(Sys.SECCOMP_SET_MODE_FILTER, 0, &filter), LaunchStage.Seccomp);
        }

        Failure.Enter(LaunchStage.Execve);
        *(InitMessage*)self.Page = new InitMessage { Kind = InitMessage.Started, Value = pid };
        Failure.Check(Sys.execve(program, arguments, environment), LaunchStage.Execve, program);
    }

    /// <summary>Nothing of the payload's program is looked up before init has made the new root the only one.</summary>
    private static void AwaitRoot(int go)
    {
        byte none;
        nint count;
        do
        {
            count = Sys.read(go, &none, 1);
        }
        while (count < 0);
        if (count == 0)
        {
            Sys._exit(0); // init failed and is gone
        }

        fixed (byte* slash = "/\0"u8)
        {
            Failure.Check(Sys.chdir(slash), LaunchStage.PivotRoot, slash);
        }

        Failure.VerifyAtRoot(LaunchStage.PivotRoot);
    }

    private static void SetLabel(byte* label)
    {
        Failure.Enter(LaunchStage.Label);
        if (*label != 0)
        {
            OwnProcfs.Write("thread-self/attr/exec\0"u8, label, LaunchStage.Label);
        }
    }

    /// <summary>Sets all of them but that of descriptors, which is returned: the pipes to init would not fit beside those that the payload keeps.</summary>
    private static byte* SetRlimits(ref PlanReader plan, out Sys.rlimit64 files)
    {
        byte* filesName = null;
        files = default;
        Failure.Enter(LaunchStage.Rlimits);
        uint count = plan.Number();
        for (uint i = 0; i < count; i++)
        {
            byte* name = plan.Text();
            int resource = (int)plan.Number();
            var limit = new Sys.rlimit64 { soft = plan.Number64(), hard = plan.Number64() };
            if (resource == Sys.RLIMIT_NOFILE)
            {
                filesName = name;
                files = limit;
                continue;
            }

            Failure.Check(Sys.prlimit64(0, resource, &limit, null), LaunchStage.Rlimits, name);
        }

        return filesName;
    }

    private static void SetScheduling(ref PlanReader plan)
    {
        Failure.Enter(LaunchStage.Scheduling);
        bool given = plan.Number() != 0;
        int policy = (int)plan.Number();
        int priority = (int)plan.Number();
        int nice = (int)plan.Number();
        if (given)
        {
            Failure.Check(Sys.sched_setscheduler(0, policy, &priority), LaunchStage.Scheduling);

            // These have a nice value, and 0 is one: the runtime's own may be another.
            bool hasNice = policy is Sys.SCHED_OTHER or Sys.SCHED_BATCH;
            Failure.Check(hasNice ? Sys.setpriority(Sys.PRIO_PROCESS, 0, nice) : 0, LaunchStage.Scheduling);
        }
    }

    /// <summary>
    /// Standard streams to 0, 1, 2, the inherited ones to 3 and on; everything else is closed but the two pipes to init, which follow and
    /// close with <c>execve</c>: no path of the program leads through a descriptor of ours.
    /// </summary>
    private static void Descriptors(ref PlanReader plan, ref PayloadProcess self)
    {
        Failure.Enter(LaunchStage.Descriptors);
        const int Streams = 3;
        const int Pipes = 2;
        int* wanted = stackalloc int[LaunchRequest.MaxDescriptors + Streams + Pipes];
        int count = 0;
        for (; count < Streams; count++)
        {
            int stream = plan.Descriptor();
            wanted[count] = stream >= 0 ? stream : count == 0 ? TinyRoot.NullToRead : TinyRoot.NullToWrite;
        }

        uint inherited = plan.Number();
        for (uint i = 0; i < inherited && count < LaunchRequest.MaxDescriptors; i++)
        {
            wanted[count++] = plan.Descriptor();
        }

        int own = count;
        wanted[count++] = self.Report;
        wanted[count++] = self.Go;

        // A source inside the range of targets would be overwritten before its turn: move it out of the way first.
        for (int i = 0; i < count; i++)
        {
            if (wanted[i] < count)
            {
                wanted[i] = Failure.Check(Sys.fcntl(wanted[i], Sys.F_DUPFD_CLOEXEC, count), LaunchStage.Descriptors);
            }
        }

        for (int i = 0; i < count; i++)
        {
            Failure.Check(Sys.dup3(wanted[i], i, i < own ? 0 : Sys.O_CLOEXEC), LaunchStage.Descriptors);
        }

        Failure.Check(Sys.close_range((uint)count, uint.MaxValue, 0), LaunchStage.Descriptors);
        (self.Report, self.Go) = (own, own + 1);
    }

    private static void SetIdentity(uint uid, uint gid, uint groupCount, uint* groups, ulong capabilities)
    {
        Failure.Enter(LaunchStage.Identity);
        LeaveSessionKeyring();
        Privileges.SetGroups(gid, groupCount, groups, LaunchStage.Identity);
        Privileges.DropBoundingSet(capabilities);
        Failure.Enter(LaunchStage.Identity);
        Privileges.LockSecureBits(keep: capabilities != 0, LaunchStage.Identity);
        Privileges.SetUid(uid, LaunchStage.Identity);
    }

    /// <summary>A kernel without keyrings has nothing to leave, and where a filter around the runtime refuses the call the payload cannot use them either.</summary>
    private static void LeaveSessionKeyring()
    {
        if (Sys.keyctl_join_session_keyring() < 0 && (Errno)Marshal.GetLastPInvokeError() is not (Errno.ENOSYS or Errno.EPERM))
        {
            Failure.Check(-1, LaunchStage.Identity);
        }
    }

    private static byte** Texts(ref PlanReader plan)
    {
        uint count = plan.Number();
        byte** texts = (byte**)Allocate<nint>(count + 1);
        for (uint i = 0; i < count; i++)
        {
            texts[i] = plan.Text();
        }

        texts[count] = null;
        return texts;
    }

    private static T* Allocate<T>(uint count)
        where T : unmanaged =>
        (T*)NativeMemory.Alloc(count, (nuint)sizeof(T));
}
