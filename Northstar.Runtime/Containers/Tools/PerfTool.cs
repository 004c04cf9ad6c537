// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net.Sockets;
using Northstar.Runtime.Handles;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>Records a container with perf-record(1) into a file.</summary>
/// <remarks>perf answers a <c>ping</c> on its control descriptor once it records; that needs perf 5.12 (<c>--control</c>).</remarks>
internal sealed class PerfTool(ToolHost host, string program, PerfOptions options) : DebugTool(host, "debug.perf", program)
{
    /// <summary>Gets what perf finishes its file on; it usually has ended with the container already.</summary>
    internal override int StopSignal => Sys.SIGINT;

    internal override async Task<RunningTool> StartAsync(ToolTarget target)
    {
        string[] arguments =
        [
            "record", "-p", target.Pid.ToString(CultureInfo.InvariantCulture), "-o", NewFile(target, "perf", ".perf"), "--control=fd:0,0", .. options.Flags,
        ];
        (SafeFd ours, SafeFd theirs) = Descriptors.SocketPair(Sys.SOCK_STREAM);
        Socket control = ours.ToSocket();
        RunningTool tool;
        using (theirs)
        {
            try
            {
                tool = await RunningTool.StartAsync(this, arguments, theirs, line => LogLine(target, line)).ConfigureAwait(false);
            }
            catch
            {
                control.Dispose();
                throw;
            }
        }

        // perf loses what it recorded when the control descriptor is closed before it ends.
        tool.Owns(control);
        await AwaitAttachedAsync(tool, IsRecordingAsync(control)).ConfigureAwait(false);
        return tool;
    }

    private static async Task<bool> IsRecordingAsync(Socket control)
    {
        try
        {
            await control.SendAsync("ping\n"u8.ToArray()).ConfigureAwait(false);
            return await control.ReceiveAsync(new byte[16]).ConfigureAwait(false) > 0;
        }
        catch (SocketException)
        {
            return false; // it has ended
        }
    }
}
