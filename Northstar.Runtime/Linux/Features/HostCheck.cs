// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Linux;

/// <summary>One check of the host.</summary>
/// <param name="Group">What it belongs to.</param>
/// <param name="Name">What it looks at.</param>
/// <param name="Since">The kernel that has it first.</param>
/// <param name="Options">The kernel options behind it, separated by blanks.</param>
/// <param name="Without">What does not work without it.</param>
/// <param name="Probe">Returns why it is missing, or null.</param>
internal sealed record HostCheck(string Group, string Name, string Since, string Options, string Without, Func<string?> Probe)
{
    /// <summary>Gets a value indicating whether no container can start without it.</summary>
    internal bool IsRequired { get; init; }

    /// <summary>Gets a value indicating whether it costs next to nothing, so that the runtime looks at every start.</summary>
    internal bool IsQuick { get; init; }

    internal HostFinding Run()
    {
        string? problem;
        try
        {
            problem = Probe();
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }

        return new HostFinding(Group, Name, IsRequired, Since, Options.Split(' ', StringSplitOptions.RemoveEmptyEntries), Without, problem);
    }

    /// <summary>Returns null when a call has succeeded, else what it said.</summary>
    internal static string? Why(nint result, string operation) =>
        result >= 0 ? null : LinuxException.Format(Marshal.GetLastPInvokeError(), operation, null, null);

    /// <summary>Returns why a call does not exist; any other failure comes from the arguments that made no sense on purpose.</summary>
    internal static string? WhyAbsent(nint result, string operation, Errno absent = Errno.ENOSYS) =>
        result >= 0 || Marshal.GetLastPInvokeError() != (int)absent ? null : Why(result, operation);
}
