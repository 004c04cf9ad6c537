// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Runtime.Containers;

/// <summary>Composes the environment of a payload: nothing of the host's, each key once, the runtime's own last.</summary>
internal static class PayloadEnvironment
{
    /// <summary>Inherited descriptors begin here, in the order console, sockets.</summary>
    private const int FirstInherited = 3;

    /// <summary>Returns the variables as <c>KEY=VALUE</c>.</summary>
    internal static IReadOnlyList<string> Compose(Manifest manifest, StartParameters parameters, bool hasConsole, IReadOnlyList<string> socketVariables)
    {
        var own = new List<KeyValuePair<string, string>>
        {
            new("NORTHSTAR_CONTAINER", manifest.Id.ToString()),
            new("NORTHSTAR_NAME", manifest.Name.ToString()),
            new("NORTHSTAR_VERSION", manifest.Version.ToString()),
        };
        int descriptor = FirstInherited;
        if (hasConsole)
        {
            own.Add(new("NORTHSTAR_CONSOLE", $"{descriptor++}"));
        }

        foreach (string variable in socketVariables)
        {
            own.Add(new(variable, $"{descriptor++}"));
        }

        var reserved = own.Select(static v => v.Key).ToHashSet(StringComparer.Ordinal);
        IReadOnlyDictionary<string, string> given = parameters.Environment.Count > 0 ? parameters.Environment : manifest.Env;
        return [.. given.Where(v => !reserved.Contains(v.Key)).Concat(own).Select(static v => $"{v.Key}={v.Value}")];
    }
}
