// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Northstar.Runtime;

/// <summary>Adds a runtime to a host.</summary>
public static class NorthstarServiceCollectionExtensions
{
    /// <summary>Adds a runtime that starts and stops with the host. When the runtime ends by itself, it stops the host.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns><paramref name="services"/>. <see cref="NorthstarService"/> is a service of it, for those who need the runtime itself.</returns>
    public static IServiceCollection AddNorthstar(this IServiceCollection services, Action<RuntimeOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<RuntimeOptions>().Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RuntimeOptions>, RuntimeOptionsValidator>());
        services.TryAddSingleton<NorthstarService>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<NorthstarService>());
        return services;
    }
}
