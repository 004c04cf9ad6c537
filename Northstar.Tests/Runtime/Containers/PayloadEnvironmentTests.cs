// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;
using Northstar.Runtime.Containers;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>The environment of a payload.</summary>
internal sealed class PayloadEnvironmentTests
{
    private static readonly string[] s_names =
    [
        "A", "B", "PATH", "NORTHSTAR", "NORTHSTAR_", "NORTHSTAR_NAME", "NORTHSTAR_VERSION", "NORTHSTAR_CONTAINER", "NORTHSTAR_CONSOLE",
        "NORTHSTAR_SOCKET_a", "NORTHSTAR_SOCKET_b", "northstar_socket_a", "NORTHSTAR_SOCKET_c",
    ];

    /// <summary>The reserved names are refused before; here they must not get through either.</summary>
    [Test]
    public void H74_Keys_AreUniqueAndTheRuntimesOwnComeLast()
    {
        Manifest manifest = ManifestReader.Parse("name: n\nversion: 1.2.3\ninit: /i\nuid: 1\ngid: 1\nenv: {FROM: manifest}\n"u8);
        var random = new Random(74);
        for (int i = 0; i < 1000; i++)
        {
            Dictionary<string, string> given = s_names.Where(_ => random.Next(2) == 0).ToDictionary(static n => n, static _ => "forged");
            string[] sockets = [.. new[] { "NORTHSTAR_SOCKET_a", "NORTHSTAR_SOCKET_b" }.Where(_ => random.Next(2) == 0)];
            bool hasConsole = random.Next(2) == 0;

            IReadOnlyList<string> composed = PayloadEnvironment.Compose(manifest, new StartParameters(null, [], given), hasConsole, sockets);

            string[] own =
            [
                "NORTHSTAR_CONTAINER=n:1.2.3", "NORTHSTAR_NAME=n", "NORTHSTAR_VERSION=1.2.3", .. hasConsole ? new[] { "NORTHSTAR_CONSOLE=3" } : [],
                .. sockets.Select((name, index) => $"{name}={(hasConsole ? 4 : 3) + index}"),
            ];
            string[] keys = [.. composed.Select(static v => v.Split('=')[0])];
            Assert.That(keys, Is.Unique);
            Assert.That(composed.TakeLast(own.Length), Is.EqualTo(own));
            string[] others = [.. given.Count > 0 ? given.Keys.Except(own.Select(static v => v.Split('=')[0])) : ["FROM"]];
            Assert.That(keys.SkipLast(own.Length), Is.EquivalentTo(others));
        }
    }
}
