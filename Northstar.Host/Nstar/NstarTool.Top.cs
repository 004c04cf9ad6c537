// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Api;
using Northstar.Host.Terminal;

namespace Northstar.Host.Nstar;

/// <content>The verb that shows what containers consume.</content>
internal sealed partial class NstarTool
{
    // The line above the table, its header and rule, and the line that says how much is left out.
    private const int RowsBesideTheTable = 4;

    private void AddTop(Command parent)
    {
        var interval = new Option<TimeSpan>("--interval", "-i")
        {
            Description = "The time between two looks, such as 500ms; 1s without it",
            HelpName = "DURATION",
            CustomParser = static result => Parse(result, ParseInterval),
        };
        var number = new Option<ulong?>("--number", "-n") { Description = "Stop after so many tables; without it one, or on a terminal no end", HelpName = "N" };
        Command verb = LocalVerb(parent, "top", "Show what containers consume: on a terminal again and again, the busiest first; elsewhere once", (parsed, cancellationToken) =>
            ConnectAsync(parsed, subscribe: false, async session =>
            {
                bool live = _streams.OutputIsTerminal && !session.IsJson;
                ulong left = parsed.GetValue(number) ?? (live ? ulong.MaxValue : 1);
                TimeSpan pause = parsed.GetResult(interval) is null ? TimeSpan.FromSeconds(1) : parsed.GetValue(interval);
                using Screen? screen = live ? new Screen(_streams) : null;
                await ShowAsync(session, screen, pause, left, cancellationToken).ConfigureAwait(false);
                return ExitCode.Success;
            }, cancellationToken, extensions: true));
        verb.Options.Add(interval);
        verb.Options.Add(number);
    }

    private async Task ShowAsync(Session session, Screen? screen, TimeSpan pause, ulong left, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task quit = screen is null ? Task.Delay(Timeout.Infinite, stop.Token) : _streams.Keys.WaitForAsync("qQ", stop.Token);
        IReadOnlyList<ContainerStatistics> before = await StatisticsSource.ReadAsync(session.Client, cancellationToken).ConfigureAwait(false);
        screen?.Draw(new TopTable([], before).Summary);
        for (; left > 0 && await Task.WhenAny(Task.Delay(pause, stop.Token), quit).ConfigureAwait(false) != quit; left--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<ContainerStatistics> now = await StatisticsSource.ReadAsync(session.Client, cancellationToken).ConfigureAwait(false);
            var top = new TopTable(before, now);
            before = now;
            if (screen is null)
            {
                session.Write(top.ToTable());
                continue;
            }

            int? width = _streams.Size?.Columns;
            int room = Math.Max(0, (_streams.Size?.Rows ?? int.MaxValue) - RowsBesideTheTable);
            string rest = now.Count > room ? $"... and {now.Count - room} more\n" : "";
            screen.Draw($"{top.Summary}; q ends\n{top.ToTable(room, width).Format(width, _streams.Colours)}{rest}");
        }

        await stop.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TimeSpan ParseInterval(string text) => Configuration.DurationText.TryParse(text, out TimeSpan duration) is { } problem
        ? throw new FormatException($"{problem}; {Configuration.DurationText.Hint}")
        : duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(1) ? duration : throw new FormatException("more than nothing and at most a day is needed");
}
