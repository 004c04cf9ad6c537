// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;

namespace Northstar.Host.Nstar;

/// <summary>Notifications for people: one line each.</summary>
internal static class NotificationText
{
    internal static string Format(Notification notification) => notification switch
    {
        Notification.Started n => $"started {n.Container}",
        Notification.Install n => $"installed {n.Container}",
        Notification.Uninstall n => $"uninstalled {n.Container}",
        Notification.Exit n => $"exited {n.Container} with {n.Status}",
        Notification.CGroup n => $"memory {n.Container}{Counters(n.Memory)}",
        Notification.Corrupted n => $"corrupted {n.Container}: {n.Cause}",
        Notification.Verifying n => $"verifying {n.Container}: {n.DoneBytes} of {n.TotalBytes} bytes",
        Notification.Shutdown => "shutdown",
        _ => "unknown notification",
    };

    private static string Counters(MemoryEvents events) =>
        Counter("low", events.Low) + Counter("high", events.High) + Counter("max", events.Max) + Counter("oom", events.Oom)
        + Counter("oom_kill", events.OomKill);

    private static string Counter(string name, ulong? count) => count is { } number ? $" {name}={number}" : "";
}
