// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.Runtime.InteropServices;
using Northstar.Runtime;

namespace Northstar.Host.Nstar;

/// <content>The verb that makes a seccomp section of a log of strace. It needs no runtime.</content>
internal sealed partial class NstarTool
{
    private void AddSeccomp(Command parent)
    {
        var log = new Argument<string>("LOGFILE") { Description = "What strace -f wrote, to a file or to the terminal, with or without time stamps" };
        var withoutProfile = new Option<bool>("--no-default-profile") { Description = "Name every call instead of those that the default profile lacks" };
        var strict = new Option<bool>("--strict") { Description = "Fail when the log has no call" };
        Command verb = LocalVerb(parent, "seccomp", "Print the seccomp section of a manifest that allows the calls in a log of strace", (parsed, _) =>
        {
            string path = parsed.GetRequiredValue(log);
            SortedSet<string> names = ReadLog(path);
            if (names.Count == 0 && parsed.GetValue(strict))
            {
                throw new ToolException($"read the log {path}: no line begins a system call; strace -f -o FILE writes such logs");
            }

            IReadOnlySet<string>? profile = parsed.GetValue(withoutProfile) ? null : DefaultSeccompProfile.GetNames(RuntimeInformation.ProcessArchitecture);
            _streams.Output.Write(SyscallLog.FormatSection(names, profile));
            return Task.FromResult(ExitCode.Success);
        });
        verb.Arguments.Add(log);
        verb.Options.Add(withoutProfile);
        verb.Options.Add(strict);
    }

    private static SortedSet<string> ReadLog(string path)
    {
        try
        {
            return SyscallLog.ReadNames(File.ReadLines(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ToolException($"read the log {path}: {e.Message}", e);
        }
    }
}
