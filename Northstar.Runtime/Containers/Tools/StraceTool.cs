// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Globalization;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>Traces the system calls of a container with strace(1), from the payload's <c>execve</c> on or from the launch.</summary>
internal sealed class StraceTool(ToolHost host, string program, StraceOptions options) : DebugTool(host, "debug.strace", program)
{
    /// <summary>A line of a file may be long: strace is told by a flag how much of a text it shows.</summary>
    private const int MaxFileLineBytes = 1 << 20;

    /// <summary>How long strace may say nothing once it is the tracer. Only with <c>-q</c> it does not speak at once.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(1);

    /// <summary>Gets nothing: strace ends when it has seen the end of all it traces.</summary>
    internal override int StopSignal => 0;

    internal override async Task<RunningTool> StartAsync(ToolTarget target)
    {
        string[] arguments =
        [
            .. FollowsForks(options.Flags) ? (string[])[] : ["-f"], "-p", target.Pid.ToString(CultureInfo.InvariantCulture), .. options.Flags,
        ];
        FileStream? file = options.OutputToFile ? Open(NewFile(target, "strace", ".log")) : null;
        var filter = new StraceFilter(options.IncludeRuntime);
        RunningTool tool;
        try
        {
            tool = await RunningTool.StartAsync(this, arguments, null, Write, file is null ? LineReader.MaxLineBytes : MaxFileLineBytes).ConfigureAwait(false);
        }
        catch
        {
            file?.Dispose();
            throw;
        }

        tool.Owns(file);
        await AwaitAttachedAsync(tool, IsAttachedAsync(tool, target.Pid)).ConfigureAwait(false);
        return tool;

        void Write(ReadOnlySequence<byte> line)
        {
            if (!filter.Accepts(line))
            {
                return;
            }

            if (file is null)
            {
                LogLine(target, line);
            }
            else
            {
                Append(file, line, target);
            }
        }
    }

    /// <summary>Whether the flags say that children are followed too; a second <c>-f</c> would mean something else.</summary>
    internal static bool FollowsForks(IEnumerable<string> flags)
    {
        // Short options without a value may stand together, as in -ttf.
        const string WithoutValue = "cCdDhiknNqrtTvVwxyYzZ";
        return flags.Any(static flag => flag == "--follow-forks"
            || (flag.StartsWith('-') && flag.Skip(1).SkipWhile(static c => WithoutValue.Contains(c, StringComparison.Ordinal)).FirstOrDefault() == 'f'));
    }

    private static FileStream Open(string path)
    {
        try
        {
            // Unbuffered: whoever watches the file sees every line.
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RuntimeException.Unexpected($"debug.strace: {e.Message}", e);
        }
    }

    private void Append(FileStream file, ReadOnlySequence<byte> line, ToolTarget target)
    {
        if (!file.CanWrite)
        {
            return;
        }

        int length = (int)line.Length;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length + 1);
        try
        {
            line.CopyTo(bytes);
            bytes[length] = (byte)'\n';
            file.Write(bytes, 0, length + 1);
        }
        catch (IOException e)
        {
            // Reading goes on: strace would wait for its reader, and the container for strace.
            Log.ToolFileFailed(Host.Logger, target.Container, file.Name, e.Message);
            file.Dispose();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Returns true when strace traces init, and false when it ends before that.</summary>
    private static async Task<bool> IsAttachedAsync(RunningTool tool, int pid)
    {
        while (!tool.Ended.IsCompleted)
        {
            if (IsTraced(pid))
            {
                // It has the process; with its first line it has stopped it too, and misses nothing.
                await Task.WhenAny(tool.FirstLine, tool.Ended, Task.Delay(s_quiet)).ConfigureAwait(false);
                return IsTraced(pid);
            }

            await Task.Delay(s_interval).ConfigureAwait(false);
        }

        return false;
    }

    private static bool IsTraced(int pid)
    {
        try
        {
            return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"))
                .Any(static line => line.StartsWith("TracerPid:", StringComparison.Ordinal) && line.AsSpan(10).Trim() is not "0");
        }
        catch (IOException)
        {
            return false; // it is gone
        }
    }
}
