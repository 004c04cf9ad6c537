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

        IReadOnlyDictionary<string, string> given = parameters.Environment.Count > 0 ? parameters.Environment : manifest.Env;
        var environment = new List<string>();
        foreach ((string name, string value) in given)
        {
            if (!own.Exists(v => v.Key == name))
            {
                environment.Add($"{name}={value}");
            }
        }

        own.ForEach(v => environment.Add($"{v.Key}={v.Value}"));
        return [.. environment];
    }
}
