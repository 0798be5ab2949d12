export {
  addressesIn,
  classify,
  type ClassifiedAddress,
  type Reach,
} from '@cofferdam/protocol/address';
