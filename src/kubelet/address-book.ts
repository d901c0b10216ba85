// Addresses of pods: each handed out once until it is given back, and then as late again as possible, so that nobody who still
// has it from an earlier pod reaches another one. Never configures the network. Called by node-home.ts.

export interface AddressBook {
  /** Throws when none is left. */
  take(): string;
  giveBack(address: string): void;
}

/** `prefix` "10.244.1": 10.244.1.1 to 10.244.1.254. */
export function createAddressBook(prefix: string): AddressBook {
  const free = Array.from({ length: 254 }, (_, index) => `${prefix}.${index + 1}`);
  return {
    take() {
      const address = free.shift();
      if (address === undefined) throw new Error(`no address is left in ${prefix}.0/24`);
      return address;
    },
    giveBack: (address) => void free.push(address),
  };
}
