// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Northstar.Npk;
using Northstar.Runtime.Linux;

namespace Northstar.Runtime.Console;

/// <summary>Says what a peer of the listener may do. Names of users and groups are looked up once, at start.</summary>
internal sealed class ConsolePolicy
{
    private readonly ConsoleGrant? _everyone;
    private readonly ResolvedRule[] _rules;

    private ConsolePolicy(ConsoleGrant? everyone, ResolvedRule[] rules) => (_everyone, _rules) = (everyone, rules);

    /// <summary>Makes the policy of a listener.</summary>
    /// <exception cref="RuntimeException">The host does not know a user or group.</exception>
    internal static ConsolePolicy Create(GlobalConsoleOptions options) => options.Policy.Count == 0
        ? new ConsolePolicy(new ConsoleGrant(options.Permissions, ConsoleScope.All), [])
        : new ConsolePolicy(null, [.. options.Policy.Select(Resolve)]);

    /// <summary>Returns what a peer may do, or null when no rule fits it.</summary>
    internal ConsoleGrant? Find(PeerFacts peer) => _everyone ?? Array.Find(_rules, rule => rule.Fits(peer))?.Grant;

    private static ResolvedRule Resolve(ConsolePolicyRule rule, int index) => new(
        rule,
        Id(rule.User, index, "uid", HostGroups.FindUser),
        Id(rule.Group, index, "gid", HostGroups.FindGroup),
        new ConsoleGrant(rule.Permissions, ConsoleScope.Of(rule)));

    private static uint? Id(string? name, int index, string key, Func<string, uint?> find) =>
        name is null or ConsolePolicyRule.Any ? null
        : uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id
        : find(name) ?? throw RuntimeException.Unexpected(
            string.Create(CultureInfo.InvariantCulture, $"console.global.policy[{index}].{key}: this host knows no '{name}'"));

    /// <summary>A rule with numbers for names. Everything that it says has to be so.</summary>
    private sealed record ResolvedRule(ConsolePolicyRule Rule, uint? Uid, uint? Gid, ConsoleGrant Grant)
    {
        internal bool Fits(PeerFacts peer) =>
            (Rule.User is null || (peer.Uid is { } uid && (Uid is null || Uid == uid)))
            && (Rule.Group is null || (peer.Gids is { } gids && (Gid is null || gids.Contains(Gid.Value))))
            && (Rule.Selinux is null || (peer.Selinux is { } context && ConsoleScope.Matches([Rule.Selinux], context)))
            && (Rule.Certificate is null || FitsCertificate(Rule.Certificate, peer));

        private static bool FitsCertificate(string wanted, PeerFacts peer) => peer.Fingerprint is not null && (
            wanted == ConsolePolicyRule.Any
            || (wanted.StartsWith("sha256:", StringComparison.Ordinal)
                ? wanted["sha256:".Length..] == peer.Fingerprint
                : peer.CommonName is { } name && ConsoleScope.Matches([wanted], name)));
    }
}

/// <summary>What a peer may do, and with which containers.</summary>
internal sealed record ConsoleGrant(Permissions Permissions, ConsoleScope Scope);
