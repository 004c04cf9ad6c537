// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Interop;

/// <summary>Names and short texts of the error numbers that users meet.</summary>
internal static class ErrnoText
{
    /// <summary>Returns the symbolic name, for example <c>ENOENT</c>.</summary>
    internal static string Name(int errno) => Enum.IsDefined((Errno)errno) ? ((Errno)errno).ToString() : $"errno {errno}";

    /// <summary>Returns a short lower-case text, for example <c>no such file or directory</c>.</summary>
    internal static string Describe(int errno) => (Errno)errno switch
    {
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file or directory",
        Errno.ESRCH => "no such process",
        Errno.EINTR => "interrupted system call",
        Errno.EIO => "input/output error",
        Errno.ENXIO => "no such device or address",
        Errno.E2BIG => "argument list too long",
        Errno.ENOEXEC => "exec format error",
        Errno.EBADF => "bad file descriptor",
        Errno.ECHILD => "no child processes",
        Errno.EAGAIN => "resource temporarily unavailable",
        Errno.ENOMEM => "cannot allocate memory",
        Errno.EACCES => "permission denied",
        Errno.EFAULT => "bad address",
        Errno.ENOTBLK => "block device required",
        Errno.EBUSY => "device or resource busy",
        Errno.EEXIST => "file exists",
        Errno.EXDEV => "invalid cross-device link",
        Errno.ENODEV => "no such device",
        Errno.ENOTDIR => "not a directory",
        Errno.EISDIR => "is a directory",
        Errno.EINVAL => "invalid argument",
        Errno.ENFILE => "too many open files in system",
        Errno.EMFILE => "too many open files",
        Errno.ENOTTY => "inappropriate ioctl for device",
        Errno.ETXTBSY => "text file busy",
        Errno.EFBIG => "file too large",
        Errno.ENOSPC => "no space left on device",
        Errno.ESPIPE => "illegal seek",
        Errno.EROFS => "read-only file system",
        Errno.EMLINK => "too many links",
        Errno.EPIPE => "broken pipe",
        Errno.EDOM => "numerical argument out of domain",
        Errno.ERANGE => "numerical result out of range",
        Errno.EDEADLK => "resource deadlock avoided",
        Errno.ENAMETOOLONG => "file name too long",
        Errno.ENOLCK => "no locks available",
        Errno.ENOSYS => "function not implemented",
        Errno.ENOTEMPTY => "directory not empty",
        Errno.ELOOP => "too many levels of symbolic links",
        Errno.ENODATA => "no data available",
        Errno.EPROTO => "protocol error",
        Errno.EBADMSG => "bad message",
        Errno.EOVERFLOW => "value too large for defined data type",
        Errno.ENOTSOCK => "socket operation on non-socket",
        Errno.EDESTADDRREQ => "destination address required",
        Errno.EMSGSIZE => "message too long",
        Errno.EPROTOTYPE => "protocol wrong type for socket",
        Errno.EOPNOTSUPP => "operation not supported",
        Errno.EADDRINUSE => "address already in use",
        Errno.EADDRNOTAVAIL => "cannot assign requested address",
        Errno.ECONNRESET => "connection reset by peer",
        Errno.ENOBUFS => "no buffer space available",
        Errno.ETIMEDOUT => "timed out",
        Errno.ECONNREFUSED => "connection refused",
        Errno.EHOSTUNREACH => "no route to host",
        Errno.EALREADY => "operation already in progress",
        Errno.EINPROGRESS => "operation now in progress",
        Errno.ESTALE => "stale file handle",
        Errno.EDQUOT => "disk quota exceeded",
        Errno.ECANCELED => "operation canceled",
        Errno.ENOTRECOVERABLE => "it is not as it was set",
        Errno.EKEYREJECTED => "key was rejected by service",
        _ => "unknown error",
    };
}
