// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Launch;

namespace Northstar.Runtime.Containers.Tools;

/// <summary>The debug tools of one container.</summary>
internal sealed class RunningTools(ToolTarget target) : IAsyncDisposable
{
    private readonly List<(DebugTool Tool, RunningTool Running)> _tools = [];
    private bool _isEnding;

    internal void Add(DebugTool tool, RunningTool running)
    {
        _tools.Add((tool, running));
        _ = WatchAsync(tool, running);
    }

    /// <summary>Lets all of them finish, now that the container is gone.</summary>
    internal async Task CompleteAsync()
    {
        _isEnding = true;
        ContainerExit?[] ends = await Task.WhenAll(_tools.Select(static t => t.Running.CompleteAsync())).ConfigureAwait(false);
        for (int i = 0; i < ends.Length; i++)
        {
            if (ends[i] is null)
            {
                Log.ToolKilled(_tools[i].Tool.Host.Logger, target.Container, _tools[i].Tool.Program);
            }
        }
    }

    /// <summary>Kills all of them, when the start has failed.</summary>
    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        foreach ((_, RunningTool running) in _tools)
        {
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(DebugTool tool, RunningTool running)
    {
        ContainerExit exit = await running.Ended.ConfigureAwait(false);
        if (!_isEnding && !exit.IsSuccess)
        {
            Log.ToolEnded(tool.Host.Logger, target.Container, tool.Program, exit);
        }
    }
}
