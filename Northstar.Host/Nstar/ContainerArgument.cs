// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Host.Nstar;

/// <summary>A container on the command line: <c>NAME:VERSION</c>, or <c>NAME</c> when only one version is installed.</summary>
internal readonly struct ContainerArgument
{
    private readonly ContainerName _name;
    private readonly ContainerId? _id;

    private ContainerArgument(ContainerName name, ContainerId? id) => (_name, _id) = (name, id);

    /// <summary>Reads the argument.</summary>
    /// <exception cref="ToolException">It is malformed.</exception>
    internal static ContainerArgument Parse(string text)
    {
        try
        {
            return text.Contains(':')
                ? new ContainerArgument(default, ContainerId.Parse(text))
                : new ContainerArgument(ContainerName.Parse(text), null);
        }
        catch (FormatException e)
        {
            throw new ToolException(e.Message, e);
        }
    }

    /// <summary>Asks the runtime for the version, if there is none.</summary>
    /// <exception cref="ToolException">No version is installed, or several are.</exception>
    internal async Task<ContainerId> ResolveAsync(NorthstarClient client, CancellationToken cancellationToken)
    {
        if (_id is { } id)
        {
            return id;
        }

        ContainerName name = _name;
        IReadOnlyList<ContainerId> all = await client.ListAsync(cancellationToken).ConfigureAwait(false);
        List<ContainerId> found = [.. all];
        found.RemoveAll(c => c.Name != name);
        found.Sort();
        return found switch
        {
            [var only] => only,
            [] => throw new ToolException($"container {name} is not installed; 'nstar list' shows what is"),
            _ => throw new ToolException(
                $"container {name} is installed in {found.Count} versions; name one of {string.Join(", ", found)}"),
        };
    }
}
