// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Interop;

namespace Northstar.Runtime;

/// <summary>Thrown when a system call fails. The message names operation, object, cause and, where one is known, a hint.</summary>
public sealed class LinuxException : Exception
{
    internal LinuxException(int errno, string operation, string? path = null, string? data = null)
        : base(Format(errno, operation, path, data))
    {
        Errno = errno;
        Operation = operation;
        Path = path;
    }

    /// <summary>Gets the kernel's error number (errno(3)).</summary>
    public int Errno { get; }

    /// <summary>Gets the failed operation, usually the system call's name.</summary>
    public string Operation { get; }

    /// <summary>Gets the object of the operation, or null.</summary>
    public string? Path { get; }

    /// <summary>Gets the message without the directory of the object, for those whose business it is not.</summary>
    internal string WithoutDirectory => Format(Errno, Operation, System.IO.Path.GetFileName(Path), null);

    internal static string Format(int errno, string operation, string? path, string? data)
    {
        string target = path is null ? operation : $"{operation} {path}";
        string value = data is null ? "" : $" (writing '{data}')";
        string? hint = ErrnoHints.Find(operation, errno);
        return $"{target}{value}: {ErrnoText.Describe(errno)} ({ErrnoText.Name(errno)}){(hint is null ? "" : "; " + hint)}";
    }
}
