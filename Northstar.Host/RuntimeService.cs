// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Northstar.Host.Configuration;
using Northstar.Host.Logging;
using Northstar.Host.Terminal;
using Northstar.Host.Toml;
using Northstar.Runtime;

namespace Northstar.Host;

/// <summary>Runs the runtime as a process: configuration, directories, logging, signals.</summary>
internal static class RuntimeService
{
    /// <summary>Runs until a signal, a client or an error ends the runtime.</summary>
    /// <exception cref="ToolException">The configuration cannot be read or a directory cannot be made.</exception>
    /// <exception cref="ConfigurationException">The configuration is invalid.</exception>
    /// <exception cref="RuntimeException">The start failed, or the runtime ended because of an error.</exception>
    internal static async Task<ExitCode> RunAsync(string configPath, bool stayInNamespace, Streams streams, CancellationToken cancellationToken)
    {
        AppDomain.CurrentDomain.UnhandledException += (_, e) => Abort(streams, e.ExceptionObject);
        ConfigurationFile configuration = Load(configPath);
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "northstar" });
        builder.Configuration.AddTomlFile(configPath);
        HostLogging.Configure(builder.Logging, Environment.GetEnvironmentVariable(HostLogging.Variable));
        builder.Services.AddNorthstar(static _ => { });
        builder.Services.AddHostedService<MemoryTrimmer>();
        builder.Services.AddSingleton(Options.Create(configuration.Options));
        using IHost host = builder.Build();
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Northstar.Host");
        Greet(logger, configuration, configPath, stayInNamespace);
        configuration.Options.ProtectProcess = true; // this process is there for the runtime alone
        CreateDirectories(configuration.Options);

        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            lifetime.StopApplication();
        });
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return ExitCode.Success;
        }

        NorthstarService service = host.Services.GetRequiredService<NorthstarService>();
        ServiceManager.Notify("READY=1");
        Watchdog? watchdog = Watchdog.Start(service.Runtime.PingAsync, TimeProvider.System);
        try
        {
            await host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (watchdog is not null)
            {
                await watchdog.DisposeAsync().ConfigureAwait(false);
            }
        }

        return service.Failure is { } failure ? throw failure : ExitCode.Success;
    }

    private static ConfigurationFile Load(string path)
    {
        try
        {
            return ConfigurationFile.Load(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"read the configuration {path}: {e.Message}", e);
        }
    }

    private static void Greet(ILogger logger, ConfigurationFile configuration, string path, bool stayInNamespace)
    {
        Log.Started(logger, ToolCommand.Version, Environment.UserName, Path.GetFullPath(path));
        if (stayInNamespace)
        {
            Log.MountNamespaceIgnored(logger);
        }

        foreach (ConfigurationProblem warning in configuration.Warnings)
        {
            Log.ConfigurationOutdated(logger, warning.ToString(path));
        }
    }

    private static void CreateDirectories(RuntimeOptions options)
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Passable = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        const UnixFileMode Readable = Passable | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        (string Key, string? Path, UnixFileMode Mode)[] directories =
        [
            ("run_dir", options.RunDirectory, Private), ("data_dir", options.DataDirectory, Private), ("socket_dir", options.SocketDirectory, Passable),
            ("log_dir", options.LogDirectory, Readable),
        ];
        foreach ((string key, string? path, UnixFileMode mode) in directories)
        {
            try
            {
                if (path is not null)
                {
                    Directory.CreateDirectory(path, mode);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ToolException($"create {key} {path}: {e.Message}", e);
            }
        }
    }

    // A fault on any thread ends the process; the kernel takes the containers down with it.
    private static void Abort(Streams streams, object fault)
    {
        streams.Error.WriteLine($"Error: unexpected fault\n{fault}");
        Environment.Exit((int)ExitCode.Failure);
    }
}
