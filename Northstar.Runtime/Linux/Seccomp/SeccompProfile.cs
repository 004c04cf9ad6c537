// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Npk;

namespace Northstar.Runtime.Linux.Seccomp;

/// <summary>The default profile as data: what any container may call, and what a capability adds.</summary>
/// <remarks>Names that an architecture does not know are skipped, so that one list serves all.</remarks>
internal static class SeccompProfile
{
    /// <summary>CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (clone(2)).</summary>
    internal const ulong NamespaceFlags = 0x7E020000;

    /// <summary>Calls that programs probe for: what is not allowed of them answers ENOSYS, so that the program takes its other way.</summary>
    internal static readonly IReadOnlyList<string> Probed = ["clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"];

    private const string Base =
        """
        _llseek _newselect accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown chown32 clock_adjtime
        clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close
        close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait
        epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64
        fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr
        flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex
        futex_time64 futimesat get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32
        getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid
        getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr
        inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
        io_pgetevents_time64 io_setup io_submit ioprio_get ioprio_set ipc kill lchown lchown32 lgetxattr link linkat listen listxattr
        llistxattr lremovexattr lseek lsetxattr lstat lstat64 madvise membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock
        mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
        mq_timedsend_time64 mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat open
        openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64
        process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat
        readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall
        rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
        sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
        sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64 send sendfile
        sendfile64 sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32
        setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid
        setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt shmget shutdown
        sigaltstack signalfd signalfd4 sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statx symlink
        symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
        timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
        times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice
        wait4 waitid waitpid write writev
        """;

    /// <summary>Calls that came later and that C libraries use as soon as the kernel has them, or that can only lessen what a process may do.</summary>
    private const string Newer =
        """
        cachestat fchmodat2 futex_requeue futex_wait futex_waitv futex_wake getxattrat landlock_add_rule landlock_create_ruleset
        landlock_restrict_self listxattrat map_shadow_stack memfd_secret mseal pkey_alloc pkey_free pkey_mprotect process_mrelease
        removexattrat setxattrat uprobe uretprobe
        """;

    /// <summary>What a .NET program calls when it starts, to learn of memory nodes and to place its heaps on them.</summary>
    private const string DotNet = "get_mempolicy mbind";

    private const string X64 = "arch_prctl modify_ldt";
    private const string Arm64 = "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls";

    private static readonly Lazy<Dictionary<string, SyscallRule>> s_conditional = new(CreateConditional);

    /// <summary>Gets the calls that are allowed with some arguments only, in place of the profile's unconditional rule.</summary>
    internal static IReadOnlyDictionary<string, SyscallRule> Conditional => s_conditional.Value;

    /// <summary>Returns the names that are allowed with all arguments on <paramref name="architecture"/>, whatever the capabilities.</summary>
    internal static IEnumerable<string> Allowed(Architecture architecture) =>
        [.. Words(Base), .. Words(Newer), .. Words(DotNet), .. Words(architecture == Architecture.Arm64 ? Arm64 : X64)];

    /// <summary>Returns the names that <paramref name="capability"/> adds. <c>clone</c> here lifts the condition on it.</summary>
    internal static string[] Added(Capability capability) => capability switch
    {
        Capability.DacReadSearch => ["open_by_handle_at"],
        Capability.SysAdmin => Words(
            """
            bpf clone fanotify_init fsconfig fsmount fsopen fspick listmount lookup_dcookie mount mount_setattr move_mount
            name_to_handle_at open_tree open_tree_attr perf_event_open quotactl quotactl_fd setdomainname sethostname setns statmount
            syslog umount umount2 unshare
            """),
        Capability.SysBoot => ["reboot"],
        Capability.SysChroot => ["chroot"],
        Capability.SysModule => ["delete_module", "init_module", "finit_module"],
        Capability.SysNice => ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"],
        Capability.SysPacct => ["acct"],
        Capability.SysPtrace => ["kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace"],
        Capability.SysRawio => ["iopl", "ioperm"],
        Capability.SysTime => ["settimeofday", "stime", "clock_settime"],
        Capability.SysTtyConfig => ["vhangup"],
        Capability.Syslog => ["syslog"],
        Capability.Perfmon => ["perf_event_open"],
        Capability.Bpf => ["bpf"],
        _ => [],
    };

    private static Dictionary<string, SyscallRule> CreateConditional() => new(StringComparer.Ordinal)
    {
        // Linux, BSD and SVR4 personalities and the query; no variant that weakens address space layout randomisation.
        ["personality"] = new([new(0, ulong.MaxValue, [0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF], SeccompAction.Allow)], null),

        ["clone"] = new([new(0, NamespaceFlags, [0], SeccompAction.Allow)], null),

        // TIOCSTI and TIOCLINUX type into the terminal. The kernel looks at 32 bits only, and so must the filter (CVE-2019-10063).
        ["ioctl"] = new([new(1, uint.MaxValue, [0x5412, 0x541C], SeccompAction.NotPermitted)], SeccompAction.Allow),

        // AF_ALG and AF_VSOCK: large kernel surfaces; the second leaves the machine past its network namespaces.
        ["socket"] = new([new(0, uint.MaxValue, [38, 40], SeccompAction.FamilyNotSupported)], SeccompAction.Allow),
    };

    private static string[] Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
