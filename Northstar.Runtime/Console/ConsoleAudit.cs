// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Logging;
using Northstar.Api;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>Keeps a record of what matters to security: who was let in or not, what was denied, what was changed, and what became of containers.</summary>
internal sealed class ConsoleAudit(ILogger logger, TimeProvider time)
{
    /// <summary>The category of the log.</summary>
    internal const string LogCategory = AuditLoggers.Category;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _lastRefusal = long.MinValue;
    private long _leftOut;

    /// <summary>Records what becomes of containers, whoever caused it.</summary>
    internal void Observe(NotificationHub hub) => hub.Observer = notification =>
    {
        switch (notification)
        {
            case Notification.Started n:
                Log.AuditStarted(logger, n.Container);
                break;
            case Notification.Exit n:
                Log.AuditExited(logger, n.Container, n.Status);
                break;
            case Notification.Corrupted n:
                Log.AuditCorrupted(logger, n.Container, n.Cause);
                break;
        }
    };

    /// <summary>Records a connection that was closed at once. One record a second: a flood of connections is no flood of records.</summary>
    internal void Refused(string peer, string reason)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (_lastRefusal != long.MinValue && time.GetElapsedTime(_lastRefusal, now) < s_window)
            {
                _leftOut++;
                return;
            }

            _lastRefusal = now;
            if (_leftOut > 0)
            {
                Log.RefusalsLeftOut(logger, _leftOut);
                _leftOut = 0;
            }
        }

        Log.Refused(logger, peer, reason);
    }

    /// <summary>Records a client that did not authenticate.</summary>
    internal void AuthenticationFailed(string peer, string reason) => Log.AuthenticationFailed(logger, peer, reason);

    /// <summary>Records a request that was denied.</summary>
    internal void Denied(string peer, Request request)
    {
        if (logger.IsEnabled(LogLevel.Warning))
        {
            Log.Denied(logger, peer, NameOf(request), TargetOf(request), request.RequiredPermission);
        }
    }

    /// <summary>Records a request that changes something, and its outcome.</summary>
    internal void Done(string peer, Request request, Response response)
    {
        if (IsChange(request) && logger.IsEnabled(LogLevel.Information))
        {
            Log.RequestDone(logger, peer, NameOf(request), TargetOf(request), OutcomeOf(response));
        }
    }

    private static bool IsChange(Request request) => request is Request.Install or Request.Kill or Request.Mount or Request.Shutdown
        or Request.Start or Request.TokenCreate or Request.TokenVerify or Request.Umount or Request.Uninstall
        or Request.SetFloor or Request.Verify;

    private static string NameOf(Request request) => request switch
    {
        Request.Start { RequiredPermission: Npk.Permissions.StartCommand } => "start_command",
        Request.TokenCreate => "token_create",
        Request.TokenVerify => "token_verify",
        Request.SetFloor => "set_floor",
        Request.OutputSubscribe => "output_subscribe",
        Request.OutputUnsubscribe => "output_unsubscribe",
        _ => request.GetType().Name.ToLowerInvariant(),
    };

    private static string TargetOf(Request request) => request switch
    {
        Request.Inspect r => r.Container.ToString(),
        Request.Install r => $"repository {Containers.ContainerOutput.Printable(r.Repository)}",
        Request.Kill r => $"{r.Container} signal {r.Signal}",
        Request.Mount r => Several(r.Containers),
        Request.Umount r => Several(r.Containers),
        Request.SetFloor r => $"{r.Container} in repository {Containers.ContainerOutput.Printable(r.Repository)}",
        Request.Verify r => r.Container.ToString(),
        Request.Start r => r.Container.ToString(),
        Request.Uninstall r => r.Wipe ? $"{r.Container} with its data" : r.Container.ToString(),
        Request.TokenCreate r => r.Target.ToString(),
        Request.TokenVerify r => r.User.ToString(),
        Request.OutputSubscribe r => r.Container.ToString(),
        Request.OutputUnsubscribe r => r.Container.ToString(),
        _ => "the runtime",
    };

    private static string Several(IReadOnlyList<Npk.ContainerId> containers)
    {
        const int Most = 8;
        string names = string.Join(' ', containers.Take(Most));
        return containers.Count > Most ? $"{names} and {containers.Count - Most} more" : names;
    }

    private static string OutcomeOf(Response response) => response switch
    {
        Response.Install { Container: { } container } => $"ok, {container}",
        Response.Install r => NameOf(r.Error!),
        Response.Kill r => OutcomeOf([r.Result]),
        Response.Mount r => OutcomeOf(r.Results),
        Response.SetFloor r => OutcomeOf([r.Result]),
        Response.Verify r => OutcomeOf([r.Result]),
        Response.Start r => OutcomeOf([r.Result]),
        Response.Umount r => OutcomeOf(r.Results),
        Response.Uninstall r => OutcomeOf([r.Result]),
        Response.TokenVerify r => r.Verification.ToString(),
        _ => "ok",
    };

    private static string OutcomeOf(IReadOnlyList<ContainerResult> results) =>
        results.FirstOrDefault(static r => !r.IsOk) is { Error: { } error } ? NameOf(error) : "ok";

    private static string NameOf(ApiError error) => error is ApiError.Unexpected u ? $"unexpected, {Containers.ContainerOutput.Printable(u.Error)}" : error.GetType().Name;
}
