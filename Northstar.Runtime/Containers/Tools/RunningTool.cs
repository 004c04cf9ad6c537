// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>A debug tool that runs beside a container, and where its output goes.</summary>
internal sealed class RunningTool : IAsyncDisposable
{
    /// <summary>How long a tool may take to end once its container is gone; it may have files to finish.</summary>
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long the rest of the output may take once every process is gone; this only bounds a stuck sink.</summary>
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(2);

    private const int MaxReasonLines = 4;

    private readonly DebugTool _tool;
    private readonly ToolProcess _process;
    private readonly Task _output;
    private readonly List<string> _first = [];
    private readonly TaskCompletionSource _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private IDisposable? _owned;

    private RunningTool(DebugTool tool, ToolProcess process, Socket output, Action<ReadOnlySequence<byte>> onLine, int maxLineBytes)
    {
        _tool = tool;
        _process = process;
        _output = LineReader.ReadAsync(
            output,
            line =>
            {
                Remember(line);
                onLine(line);
            },
            _stop.Token,
            maxLineBytes);
    }

    /// <summary>Gets the end of the program.</summary>
    internal Task<ContainerExit> Ended => _process.Ended;

    /// <summary>Gets a task that ends with the first line of output.</summary>
    internal Task FirstLine => _firstLine.Task;

    /// <summary>Starts a tool.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">The arguments behind argument 0.</param>
    /// <param name="input">Standard input, or null for <c>/dev/null</c>.</param>
    /// <param name="onLine">Gets each line of standard output and error; must not throw.</param>
    /// <param name="maxLineBytes">A longer line is cut into pieces of this many bytes.</param>
    internal static async Task<RunningTool> StartAsync(
        DebugTool tool, IReadOnlyList<string> arguments, SafeFd? input, Action<ReadOnlySequence<byte>> onLine, int maxLineBytes = LineReader.MaxLineBytes)
    {
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        using (theirs)
        using (SafeFd? nothing = input is null ? Descriptors.Open("/dev/null", Sys.O_RDONLY) : null)
        {
            try
            {
                string[] command = [tool.Program, Path.GetFileName(tool.Program), .. arguments];
                ToolProcess process = await ToolProcess.StartAsync(tool.Host.InitPath, command, input ?? nothing!, theirs).ConfigureAwait(false);
                return new RunningTool(tool, process, ours.ToSocket(), onLine, maxLineBytes);
            }
            catch (LinuxException e)
            {
                ours.Dispose();
                throw RuntimeException.Unexpected($"{tool.Key}: {e.Message}", e);
            }
        }
    }

    /// <summary>Takes over what is closed once the tool is gone: the file of its output, or its input.</summary>
    internal void Owns(IDisposable? resource) => _owned = resource;

    /// <summary>Says why a tool ended too early: its status and its last words. Ends it if it still runs.</summary>
    internal async Task<string> WhyEndedAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        return $"{await Ended.ConfigureAwait(false)}{(_first.Count == 0 ? "" : ": " + string.Join("; ", _first))}";
    }

    /// <summary>Lets the tool finish, now that its container is gone. Returns how it ended, or null when it had to be killed.</summary>
    internal async Task<ContainerExit?> CompleteAsync()
    {
        if (_tool.StopSignal != 0 && !Ended.IsCompleted)
        {
            _process.Signal(_tool.StopSignal);
        }

        await ((Task)Ended).WaitAsync(s_endTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool inTime = Ended.IsCompleted;
        await DisposeAsync().ConfigureAwait(false);
        return inTime ? await Ended.ConfigureAwait(false) : null;
    }

    /// <summary>Kills what is left of the tool and takes the rest of its output.</summary>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        _stop.CancelAfter(s_drainTimeout);
        await _output.ConfigureAwait(false);
        _stop.Dispose();
        _owned?.Dispose();
    }

    private void Remember(ReadOnlySequence<byte> line)
    {
        if (_first.Count < MaxReasonLines)
        {
            _first.Add(ContainerOutput.Printable(Encoding.UTF8.GetString(line)));
            _firstLine.TrySetResult();
        }
    }
}
