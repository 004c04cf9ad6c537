// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.IO.Enumeration;
using Northstar.Api;
using Northstar.Npk;

namespace Northstar.Runtime.Console;

/// <summary>What a peer may touch and see, beside its permissions. Without a policy that is everything.</summary>
internal sealed class ConsoleScope
{
    /// <summary>What makes a loader or a language's runtime run other code: never meant by a pattern.</summary>
    private static readonly string[] s_loaderVariables = ["LD_*", "GCONV_PATH", "DOTNET_*", "COMPlus_*", "CORECLR_*"];

    private readonly ConsolePolicyRule? _rule;

    private ConsoleScope(ConsolePolicyRule? rule) => _rule = rule;

    /// <summary>Gets the scope that has everything.</summary>
    internal static ConsoleScope All { get; } = new(null);

    /// <summary>Gets a value indicating whether every container is within the scope.</summary>
    internal bool HasAll => _rule is null || _rule.Containers.Count == 0;

    /// <summary>Returns the scope that a rule gives.</summary>
    internal static ConsoleScope Of(ConsolePolicyRule rule) => new(rule);

    /// <summary>Tells whether a container is within the scope.</summary>
    internal bool Contains(ContainerId container) => HasAll || Matches(_rule!.Containers, container.Name.ToString());

    /// <summary>Tells whether all that a request names is within the scope. What an install brings is not known before it came.</summary>
    internal bool Allows(Request request) => _rule is null || request switch
    {
        Request.Inspect r => Contains(r.Container),
        Request.Kill r => Contains(r.Container),
        Request.Uninstall r => Contains(r.Container),
        Request.SetFloor r => Contains(r.Container),
        Request.Verify r => Contains(r.Container),
        Request.OutputSubscribe r => Contains(r.Container),
        Request.OutputUnsubscribe r => Contains(r.Container),
        Request.Mount r => r.Containers.All(Contains),
        Request.Umount r => r.Containers.All(Contains),
        Request.Start r => Contains(r.Container) && AllowsParameters(_rule, r),
        _ => true,
    };

    /// <summary>Tells whether a peer learns of a notification.</summary>
    internal bool Shows(Notification notification) => HasAll || notification switch
    {
        Notification.CGroup n => Contains(n.Container),
        Notification.Corrupted n => Contains(n.Container),
        Notification.Exit n => Contains(n.Container),
        Notification.Install n => Contains(n.Container),
        Notification.Started n => Contains(n.Container),
        Notification.Uninstall n => Contains(n.Container),
        _ => true,
    };

    /// <summary>Returns what a peer sees of the data of a container.</summary>
    internal InspectData Filter(InspectData data) => _rule is null or { ShowsEnvironment: true }
        ? data
        : data with { Manifest = data.Manifest with { Args = [], Env = System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty } };

    /// <summary>Returns an error without the names of containers that the peer does not see.</summary>
    internal ApiError Filter(ApiError error, ContainerId requested) =>
        error is ApiError.UmountBusy busy && !Contains(busy.Container) ? new ApiError.UmountBusy(requested) : error;

    private static bool AllowsParameters(ConsolePolicyRule rule, Request.Start start) =>
        (start.Init is null || rule.StartInit)
        && start.Arguments.All(argument => Matches(rule.StartArguments, argument))
        && start.Environment.Keys.All(key => rule.StartEnvironment.Contains(key)
            || (Matches(rule.StartEnvironment, key) && !Matches(s_loaderVariables, key)));

    internal static bool Matches(IEnumerable<string> patterns, string text) =>
        patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), text, ignoreCase: false));
}
