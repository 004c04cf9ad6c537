// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Northstar.Runtime;

/// <summary>Runs a runtime inside a host: it starts and stops with the host, and its own end stops the host.</summary>
public sealed class NorthstarService : IHostedService
{
    private readonly RuntimeOptions _options;
    private readonly ILoggerFactory _loggerFactory;
    private readonly IHostApplicationLifetime _lifetime;
    private NorthstarRuntime? _runtime;

    /// <summary>Makes the service; a host does that.</summary>
    public NorthstarService(IOptions<RuntimeOptions> options, ILoggerFactory loggerFactory, IHostApplicationLifetime lifetime)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Value;
        _loggerFactory = loggerFactory;
        _lifetime = lifetime;
    }

    /// <summary>Gets the runtime.</summary>
    /// <exception cref="InvalidOperationException">The host has not started it yet.</exception>
    public NorthstarRuntime Runtime => _runtime ?? throw new InvalidOperationException("The host has not started the runtime yet.");

    /// <summary>Gets why the runtime ended by itself, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts the runtime.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _runtime = await NorthstarRuntime.StartAsync(_options, _loggerFactory, cancellationToken).ConfigureAwait(false);
        _ = WatchAsync(_runtime);
    }

    /// <summary>Stops the runtime.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_runtime is not null)
        {
            await _runtime.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(NorthstarRuntime runtime)
    {
        try
        {
            await runtime.Completion.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failure = e;
        }

        _lifetime.StopApplication();
    }
}
