using System.Text.Json.Serialization;

namespace AmqpBroker.Management.Model;

/// <summary>How answers become JSON: names as RabbitMQ writes them, code made by the compiler. Tables nest deeper than usual JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    MaxDepth = 256,
    Converters = [typeof(PlainTableConverter)])]
[JsonSerializable(typeof(ErrorJson))]
[JsonSerializable(typeof(OverviewJson))]
[JsonSerializable(typeof(WhoAmIJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(AlarmsJson))]
[JsonSerializable(typeof(ConnectionJson))]
[JsonSerializable(typeof(ResourceLimitsJson))]
[JsonSerializable(typeof(VirtualHostJson))]
[JsonSerializable(typeof(QueueJson))]
[JsonSerializable(typeof(ExchangeJson))]
[JsonSerializable(typeof(PolicyJson))]
[JsonSerializable(typeof(UserJson))]
[JsonSerializable(typeof(PermissionJson))]
[JsonSerializable(typeof(BindingJson))]
[JsonSerializable(typeof(TopicPermissionJson))]
[JsonSerializable(typeof(LimitsJson))]
[JsonSerializable(typeof(RoutedJson))]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(ChannelJson))]
[JsonSerializable(typeof(ConsumerJson))]
[JsonSerializable(typeof(NodeJson))]
[JsonSerializable(typeof(MemoryJson))]
[JsonSerializable(typeof(RelativeMemoryJson))]
[JsonSerializable(typeof(NameJson))]
[JsonSerializable(typeof(FeatureFlagJson))]
[JsonSerializable(typeof(AuthenticationJson))]
[JsonSerializable(typeof(HashJson))]
[JsonSerializable(typeof(AttemptsJson))]
[JsonSerializable(typeof(RateJson))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(ParameterJson))]
[JsonSerializable(typeof(GlobalParameterJson))]
[JsonSerializable(typeof(ImportedJson))]
internal sealed partial class ManagementJson : JsonSerializerContext;
