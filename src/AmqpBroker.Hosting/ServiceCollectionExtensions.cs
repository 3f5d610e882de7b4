using AmqpBroker.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Hosting;

/// <summary>Brings a broker into a Generic Host.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds a broker that starts and stops with the host. Resolve <see cref="BrokerService"/> to learn its addresses.</summary>
    public static IServiceCollection AddAmqpBroker(this IServiceCollection services, AmqpBrokerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.AddSingleton(options);
        services.AddSingleton(provider => new AmqpServer(options.Server, provider.GetRequiredService<ILogger<AmqpServer>>()));
        services.AddSingleton<BrokerService>();
        services.AddHostedService(static provider => provider.GetRequiredService<BrokerService>());
        return services;
    }
}
