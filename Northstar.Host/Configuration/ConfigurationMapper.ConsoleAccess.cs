// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime;

namespace Northstar.Host.Configuration;

/// <content>Who may connect to the console, and how many: <c>console.global.policy</c>, <c>.tls</c> and <c>.limits</c>.</content>
internal sealed partial class ConfigurationMapper
{
    private void MapConsolePolicy(TableReader global, GlobalConsoleOptions target)
    {
        global.TableList("policy", "write [[console.global.policy]]", rule => target.Policy.Add(MapConsoleRule(rule)));
        if (global.Find("policy") is not { } policy)
        {
            return;
        }

        if (target.Policy.Count == 0)
        {
            findings.Error(policy.Position, "console.global.policy has no rule, so that nobody could connect; write [[console.global.policy]], or leave it out");
        }

        if (global.Find("permissions") is { } permissions)
        {
            findings.Error(permissions.Position, "console.global.permissions has no meaning beside console.global.policy, whose rules have permissions; remove it");
        }
    }

    private ConsolePolicyRule MapConsoleRule(TableReader table)
    {
        var rule = new ConsolePolicyRule();
        table.TextOrNumber("uid", v => rule.User = v);
        table.TextOrNumber("gid", v => rule.Group = v);
        table.Text("selinux", v => rule.Selinux = v);
        table.Text("certificate", v => rule.Certificate = v);
        MapPermissions(table, p => rule.Permissions |= p);
        MapScope(table, rule);
        table.Finish();
        return rule;
    }

    /// <summary>What a peer may touch, be it a client of the listener or a container.</summary>
    private static void MapScope(TableReader table, ConsolePolicyRule rule)
    {
        table.TextList("containers", t => rule.Containers.Add(t.Value));
        table.Boolean("environment", v => rule.ShowsEnvironment = v);
        table.Boolean("start_init", v => rule.StartInit = v);
        table.TextList("start_arguments", t => rule.StartArguments.Add(t.Value));
        table.TextList("start_environment", t => rule.StartEnvironment.Add(t.Value));
    }

    private static void MapTls(TableReader? reader, GlobalConsoleOptions target)
    {
        if (reader is null)
        {
            return;
        }

        var tls = new ConsoleTlsOptions();
        reader.RequiredText("certificate", "the file of the server's certificate", v => tls.CertificateFile = v);
        reader.RequiredText("key", "the file of its private key", v => tls.KeyFile = v);
        reader.Text("client_ca", v => tls.ClientCaFile = v);
        reader.Finish();
        target.Tls = tls;
    }

    private static void MapConnectionLimits(TableReader? reader, GlobalConsoleOptions target)
    {
        if (reader is null)
        {
            return;
        }

        reader.Number("connections", uint.MaxValue, n => target.MaxConnections = (uint)n);
        reader.Number("connections_per_uid", uint.MaxValue, n => target.MaxConnectionsPerUid = (uint)n);
        reader.Number("requests_per_sec", uint.MaxValue, n => target.MaxTotalRequestsPerSecond = (uint)n);
        reader.Number("installs", int.MaxValue, n => target.MaxInstalls = (uint)n);
        reader.Duration("handshake", t => target.HandshakeTimeout = t);
        MapTimeouts(reader, target.Limits);
        reader.Finish();
    }

    private static void MapTimeouts(TableReader reader, ConsoleLimits limits)
    {
        reader.Duration("idle", t => limits.IdleTimeout = t);
        reader.Duration("write", t => limits.WriteTimeout = t);
        reader.Duration("install_time", t => limits.InstallTimeout = t);
    }
}
