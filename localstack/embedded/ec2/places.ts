import { Ec2Error } from './query/ec2-error.ts';

/** A subnet: all that the emulator needs of a network is the zone that it is in. */
export interface Subnet {
  readonly id: string;
  readonly zone: string;
}

/** Launch template data in EC2's own shape; what the emulator does not act on may be there too. */
export interface LaunchTemplateData {
  readonly ImageId?: string;
  readonly InstanceType?: string;
  /** Base64. */
  readonly UserData?: string;
  readonly MetadataOptions?: { readonly InstanceMetadataTags?: string };
  readonly TagSpecifications?: readonly {
    readonly ResourceType?: string;
    readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  }[];
}

export interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  /** Version 1 first. */
  readonly versions: readonly LaunchTemplateData[];
}

/** Subnets and launch templates that launches may name. */
export interface Places {
  putSubnet(subnet: Subnet): void;
  subnet(id: string): Subnet;
  subnets(): readonly Subnet[];
  putTemplate(template: LaunchTemplate): void;
  template(reference: TemplateReference): LaunchTemplate;
}

interface TemplateReference {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

export function createPlaces(): Places {
  const subnets = new Map<string, Subnet>();
  const templates = new Map<string, LaunchTemplate>();
  return {
    putSubnet: (subnet) => void subnets.set(subnet.id, subnet),
    subnets: () => [...subnets.values()],
    subnet(id) {
      const found = subnets.get(id);
      if (found === undefined) throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
      return found;
    },
    putTemplate: (template) => void templates.set(template.id, template),
    template({ id, name }) {
      const found = id === undefined ? [...templates.values()].find((one) => one.name === name) : templates.get(id);
      if (found !== undefined) return found;
      if (id === undefined) {
        throw new Ec2Error(
          'InvalidLaunchTemplateName.NotFoundException',
          `The specified launch template, with template name ${name}, does not exist.`,
        );
      }
      throw new Ec2Error(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
    },
  };
}

/** The data of a version: a number, `$Latest`, or `$Default`, which is version 1. */
export function versionOf(template: LaunchTemplate, version = '$Default'): LaunchTemplateData {
  const number = version === '$Latest' ? template.versions.length : version === '$Default' ? 1 : Number(version);
  const data = template.versions[number - 1];
  if (data === undefined) {
    throw new Ec2Error(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
    );
  }
  return data;
}
